// Creates, changes and removes accounts.
import type { Account, AccountBinding } from '../domain/account.ts'
import type { Budget } from '../domain/budget.ts'
import { type ClientLimits, setLimits } from '../domain/client-limits.ts'
import { KEY_TAG_PATTERN, KEY_TAG_RULE } from '../domain/upstream-key.ts'
import { createId } from '../domain/id.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { AccountCounts, AccountFilter } from '../ports/account-repository.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { UniqueViolationError } from '../ports/store.ts'
import type { Page, PageRequest, Repositories, Store } from '../ports/store.ts'
import { assertSeenVersion, nextChangeMs } from './configuration-writer.ts'
import type { ConfigurationWriter } from './configuration-writer.ts'
import { checkBudget, checkLimits } from './spending-rules.ts'

export interface AccountAdminDependencies {
  readonly store: Store
  readonly writer: ConfigurationWriter
  readonly clock: Clock
  readonly random: Random
}

/** Absent members stay as they are, or take the default; `null` lifts a restriction. */
export interface AccountInput {
  readonly name?: string | undefined
  readonly enabled?: boolean | undefined
  readonly priority?: number | undefined
  readonly verificationEnabled?: boolean | undefined
  readonly limits?: ClientLimits | null | undefined
  readonly budget?: Budget | null | undefined
  readonly bindings?: readonly AccountBinding[] | null | undefined
}

const ONE = { page: 1, limit: 1 }

export class AccountAdmin {
  readonly #dependencies: AccountAdminDependencies

  constructor(dependencies: AccountAdminDependencies) {
    this.#dependencies = dependencies
  }

  /** @param own the account that the caller is confined to */
  async list(page: PageRequest, filter: AccountFilter = {}, own?: string): Promise<Page<Account>> {
    const { accounts } = this.#dependencies.store
    if (own === undefined) return accounts.listPage(page, filter)
    const account = await accounts.findById(own)
    const rows = account === undefined || page.page > 1 ? [] : [account]
    return { rows, total: account === undefined ? 0 : 1 }
  }

  countAll(): Promise<AccountCounts> {
    return this.#dependencies.store.accounts.countAll()
  }

  /** @throws GatewayError not_found, also for every account but `own` */
  async get(id: string, own?: string): Promise<Account> {
    return foundAccount(own !== undefined && own !== id ? undefined : await this.#dependencies.store.accounts.findById(id), id)
  }

  /** @throws GatewayError validation_failed, conflict (name taken, too many) */
  async create(input: AccountInput & { readonly name: string }): Promise<Account> {
    checkSpending(input)
    const { writer, clock, random } = this.#dependencies
    const nowMs = clock.nowMs()
    const account = { ...withDefaults(input), id: createId('acc', nowMs, random.bytes(10)), name: input.name, createdAtMs: nowMs, updatedAtMs: nowMs }
    await refuseTakenName(input.name, () =>
      writer.change(async (repositories) => {
        await refuseUnknownBindings(account.bindings, repositories)
        await refuseTooManyAccounts(repositories, 1)
        await repositories.accounts.insert(account)
      }),
    )
    return account
  }

  /**
   * @param mode `merge` keeps what the input does not name, `replace` gives it its default
   * @throws GatewayError not_found, precondition_failed, validation_failed, conflict
   */
  async update(id: string, input: AccountInput, mode: 'merge' | 'replace', seenVersions?: readonly number[]): Promise<Account> {
    checkSpending(input)
    const { writer, clock } = this.#dependencies
    return refuseTakenName(input.name ?? '', () =>
      writer.change(async (repositories) => {
        const stored = foundAccount(await repositories.accounts.findById(id), id)
        assertSeenVersion(stored.updatedAtMs, seenVersions)
        const fields = mode === 'replace' ? withDefaults(input) : merged(stored, input)
        await refuseUnknownBindings(input.bindings, repositories)
        const updatedAtMs = nextChangeMs(clock.nowMs(), stored.updatedAtMs)
        const row: Account = { ...fields, id, name: input.name ?? stored.name, createdAtMs: stored.createdAtMs, updatedAtMs }
        await repositories.accounts.update(row)
        return row
      }),
    )
  }

  /** @param isCascade removes its client keys and people too. @throws GatewayError not_found, precondition_failed, conflict while it has any */
  async remove(id: string, isCascade: boolean, seenVersions?: readonly number[]): Promise<void> {
    await this.#dependencies.writer.change(async ({ accounts, clientKeys, users }) => {
      const account = foundAccount(await accounts.findById(id), id)
      assertSeenVersion(account.updatedAtMs, seenVersions)
      const { total: keys } = await clientKeys.listPage(ONE, { accountId: id })
      const people = (await users.list()).filter(({ accountId }) => accountId === id).length
      if (keys + people > 0 && !isCascade) {
        const advice =
          'Remove or move them first; or, to remove them all for good, repeat this with ?cascade=true. To lock the account only, set enabled to false.'
        throw new GatewayError('conflict', `The account "${account.name}" has ${keys} client keys and ${people} people. ${advice}`)
      }
      if (keys > 0) await clientKeys.removeOfAccount(id)
      if (people > 0) await users.removeOfAccount(id)
      await accounts.remove(id)
    })
  }
}

function checkSpending({ limits: given, budget }: AccountInput): void {
  checkLimits(given)
  checkBudget(budget)
}

export function withDefaults(input: AccountInput): Omit<Account, 'id' | 'name' | 'createdAtMs' | 'updatedAtMs'> {
  return {
    enabled: input.enabled ?? true,
    priority: input.priority ?? 0,
    verificationEnabled: input.verificationEnabled ?? false,
    limits: setLimits(input.limits ?? undefined),
    budget: input.budget ?? undefined,
    bindings: input.bindings ?? undefined,
  }
}

function merged(stored: Account, input: AccountInput): Omit<Account, 'id' | 'name' | 'createdAtMs' | 'updatedAtMs'> {
  return {
    enabled: input.enabled ?? stored.enabled,
    priority: input.priority ?? stored.priority,
    verificationEnabled: input.verificationEnabled ?? stored.verificationEnabled,
    limits: input.limits === undefined ? stored.limits : setLimits(input.limits ?? undefined),
    budget: input.budget === undefined ? stored.budget : (input.budget ?? undefined),
    bindings: input.bindings === undefined ? stored.bindings : (input.bindings ?? undefined),
  }
}

/** @throws GatewayError not_found, with the same words for what is not there and what is somebody else's */
export function foundAccount(account: Account | undefined, id: string): Account {
  if (account === undefined) throw new GatewayError('not_found', `There is no account with the id "${id}".`)
  return account
}

export async function refuseTooManyAccounts({ accounts }: Repositories, added: number): Promise<void> {
  const { total } = await accounts.listPage(ONE)
  if (total + added <= limits.accountsMax) return
  throw new GatewayError('conflict', `There are ${total} accounts; ${added} more would exceed the ${limits.accountsMax} that are allowed.`)
}

async function refuseUnknownBindings(bindings: readonly AccountBinding[] | null | undefined, { upstreams }: Repositories): Promise<void> {
  const tags = new Map<string, string | undefined>()
  for (const [index, { upstream, keyTag }] of (bindings ?? []).entries()) {
    if (tags.has(upstream) && tags.get(upstream) !== keyTag) {
      const errors = [{ path: `/bindings/${index}/key_tag`, message: 'differs from that of an earlier binding to the same upstream' }]
      throw new GatewayError('validation_failed', `The account is bound twice to "${upstream}", with different key tags.`, { errors })
    }
    tags.set(upstream, keyTag)
    if (keyTag !== undefined && !KEY_TAG_PATTERN.test(keyTag)) {
      const errors = [{ path: `/bindings/${index}/key_tag`, message: `must be made of ${KEY_TAG_RULE}` }]
      throw new GatewayError('validation_failed', `Binding ${index + 1} of the account has a key tag that is not made of ${KEY_TAG_RULE}.`, { errors })
    }
    if ((await upstreams.findBySlug(upstream)) !== undefined) continue
    const errors = [{ path: `/bindings/${index}/upstream`, message: 'is not the slug of an upstream' }]
    throw new GatewayError('validation_failed', `The account names an upstream that does not exist: binding ${index + 1}.`, { errors })
  }
}

async function refuseTakenName<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof UniqueViolationError)) throw error
    const message = `The name "${name}" belongs to another account. Choose another name.`
    throw new GatewayError('conflict', message, { errors: [{ path: '/name', message: 'is taken' }], cause: error })
  }
}
