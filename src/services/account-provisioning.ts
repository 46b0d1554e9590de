// Makes many accounts at once, each with a client key.
import type { Account } from '../domain/account.ts'
import type { ClientKey } from '../domain/client-key.ts'
import { createId } from '../domain/id.ts'
import type { Secret } from '../domain/secret.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester } from '../ports/key-vault.ts'
import type { Random } from '../ports/random.ts'
import type { Repositories, Store } from '../ports/store.ts'
import { refuseTooManyAccounts, withDefaults } from './account-admin.ts'
import { createClientKeyRow, refuseTooManyClientKeys } from './client-key-entry.ts'
import type { ConfigurationWriter } from './configuration-writer.ts'

export interface AccountProvisioningDependencies {
  readonly store: Store
  readonly writer: ConfigurationWriter
  readonly clock: Clock
  readonly random: Random
  readonly digester: Digester
}

export interface ProvisionedAccount {
  readonly account: Account
  readonly clientKey: ClientKey
  /** Exists only in this answer. */
  readonly secret: Secret
}

export interface ProvisioningInput {
  readonly count: number
  readonly priority?: number | undefined
  readonly verificationEnabled?: boolean | undefined
}

/** How many are made between two turns of the event loop. */
const SLICE = 100

export class AccountProvisioning {
  readonly #dependencies: AccountProvisioningDependencies

  constructor(dependencies: AccountProvisioningDependencies) {
    this.#dependencies = dependencies
  }

  /** All or none. @throws GatewayError validation_failed above limits.accountsPerCallMax, conflict */
  async provision(input: ProvisioningInput): Promise<readonly ProvisionedAccount[]> {
    const { writer } = this.#dependencies
    if (input.count > limits.accountsPerCallMax) {
      const errors = [{ path: '/count', message: `must be at most ${limits.accountsPerCallMax}` }]
      throw new GatewayError(
        'validation_failed',
        `One answer waits for at most ${limits.accountsPerCallMax} accounts. Add ?background=true to have more made by a job.`,
        {
          errors,
        },
      )
    }
    const made = await this.#makeAll(input)
    await writer.change((repositories) => insertAll(made, repositories))
    return made
  }

  /**
   * One piece of many. Its client keys are known to requests after the next `putInForce`, or any other change.
   * @param accompany what is stored with the accounts or not at all
   * @throws GatewayError conflict, and what `accompany` throws
   */
  async provisionPiece(input: ProvisioningInput, accompany: (made: readonly ProvisionedAccount[], repositories: Repositories) => Promise<void>): Promise<void> {
    const made = await this.#makeAll(input)
    await this.#dependencies.store.transaction(async (repositories) => {
      await insertAll(made, repositories)
      await accompany(made, repositories)
    })
  }

  async putInForce(): Promise<void> {
    await this.#dependencies.writer.change(() => Promise.resolve())
  }

  async #makeAll(input: ProvisioningInput): Promise<ProvisionedAccount[]> {
    const made: ProvisionedAccount[] = []
    for (let index = 0; index < input.count; index++) {
      made.push(this.#make(input, index))
      if (index % SLICE === SLICE - 1) await nextTurn()
    }
    return made
  }

  #make(input: ProvisioningInput, index: number): ProvisionedAccount {
    const { clock, random } = this.#dependencies
    const nowMs = clock.nowMs()
    // Ids of the same millisecond sort by their place.
    const tail = random.bytes(10)
    tail.writeUIntBE(index, 0, 3)
    const id = createId('acc', nowMs, tail)
    const account: Account = { ...withDefaults(input), id, name: id, createdAtMs: nowMs, updatedAtMs: nowMs }
    return { account, ...createClientKeyRow({ name: id, accountId: id }, tail, this.#dependencies) }
  }
}

async function insertAll(made: readonly ProvisionedAccount[], repositories: Repositories): Promise<void> {
  await refuseTooManyAccounts(repositories, made.length)
  await refuseTooManyClientKeys(repositories, made.length)
  await repositories.accounts.insertMany(made.map(({ account }) => account))
  await repositories.clientKeys.insertMany(made.map(({ clientKey }) => clientKey))
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
