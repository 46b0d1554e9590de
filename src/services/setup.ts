// The way in on the first day: one admin, created by a one-time link or by the configuration.
import { Secret } from '../domain/secret.ts'
import type { User } from '../domain/user.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester } from '../ports/key-vault.ts'
import type { LiveConfiguration } from '../ports/live.ts'
import type { Random } from '../ports/random.ts'
import type { Repositories, Store } from '../ports/store.ts'
import type { UserAdmin } from './user-admin.ts'

export interface SetupDependencies {
  readonly store: Store
  readonly users: UserAdmin
  readonly digester: Digester
  readonly clock: Clock
  readonly random: Random
  readonly live: LiveConfiguration
}

const SETTING = 'setup_token'

export class Setup {
  readonly #dependencies: SetupDependencies

  constructor(dependencies: SetupDependencies) {
    this.#dependencies = dependencies
  }

  /** True until there is a user. */
  async isOpen(): Promise<boolean> {
    return (await this.#dependencies.store.users.count()) === 0
  }

  /**
   * A new one-time token, valid for limits.setupTokenMs; it replaces an older one. Only its digest is stored.
   * @throws GatewayError setup_not_available when there is a user already
   */
  async issueToken(): Promise<Secret> {
    const { store, digester, clock, random } = this.#dependencies
    const token = random.bytes(32).toString('base64url')
    const setting = JSON.stringify({ digest: digester.clientKeyDigest(token), expiresAtMs: clock.nowMs() + limits.setupTokenMs })
    await store.transaction(async (repositories) => {
      await refuseFinished(repositories)
      await repositories.settings.set(SETTING, setting)
    })
    return new Secret(token)
  }

  /** @throws GatewayError setup_not_available, setup_token_invalid, validation_failed */
  async complete(token: string, username: string, password: Secret): Promise<User> {
    const { store, users, live } = this.#dependencies
    await refuseFinished(store)
    // Before the costly hash: whoever has no token must not make the gateway work.
    await this.#assertToken(token, store)
    const user = await users.create({ username, password, role: 'admin' }, async (repositories) => {
      await refuseFinished(repositories)
      await this.#assertToken(token, repositories)
      await repositories.settings.remove(SETTING)
      await repositories.settings.bumpConfigVersion()
    })
    // The demo's client key ends with set-up. Should this fail, the new version is seen within a second.
    await live.refresh().catch(() => undefined)
    return user
  }

  /** Creates the first admin from the configuration; undefined when there is a user already. @throws GatewayError validation_failed */
  async createFirstAdmin(username: string, password: Secret): Promise<User | undefined> {
    if (!(await this.isOpen())) return undefined
    return this.#dependencies.users.create({ username, password, role: 'admin' }, async (repositories) => {
      await refuseFinished(repositories)
      await repositories.settings.remove(SETTING)
    })
  }

  async #assertToken(token: string, { settings }: Repositories): Promise<void> {
    const { digester, clock } = this.#dependencies
    const stored = await settings.get(SETTING)
    const { digest, expiresAtMs } = (stored === undefined ? {} : JSON.parse(stored)) as { digest?: string; expiresAtMs?: number }
    // Both sides are keyed digests: what their comparison takes tells nothing about the token.
    if (digest !== undefined && digest === digester.clientKeyDigest(token) && clock.nowMs() < (expiresAtMs ?? 0)) return
    throw new GatewayError('setup_token_invalid', 'The set-up link is wrong, used or expired. Get a new one with: akr setup-link')
  }
}

async function refuseFinished({ users }: Repositories): Promise<void> {
  if ((await users.count()) === 0) return
  throw new GatewayError('setup_not_available', 'Set-up is finished: there is a user already. Sign in instead.')
}
