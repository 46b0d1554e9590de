// Creates, changes and removes the people who manage the gateway.
import { createId } from '../domain/id.ts'
import type { Secret } from '../domain/secret.ts'
import type { Role, User } from '../domain/user.ts'
import { GatewayError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { PasswordHasher } from '../ports/key-vault.ts'
import type { Random } from '../ports/random.ts'
import { UniqueViolationError } from '../ports/store.ts'
import type { Page, PageRequest, Repositories, Store, StoredUser } from '../ports/store.ts'
import { findAccountOf } from './client-key-entry.ts'
import { assertSeenVersion, nextChangeMs } from './configuration-writer.ts'
import { USERNAME_PATTERN, assertPasswordAccepted, normalizeUsername } from './password-rules.ts'

export interface UserAdminDependencies {
  readonly store: Store
  readonly hasher: PasswordHasher
  readonly clock: Clock
  readonly random: Random
}

export interface NewUser {
  readonly username: string
  readonly password: Secret
  readonly role: Role
  readonly enabled?: boolean | undefined
  /** The account that the person is confined to, for good; undefined = the whole gateway. */
  readonly accountId?: string | undefined
}

/** Absent members stay as they are. Any change but none ends the person's sessions. */
export interface UserChange {
  readonly password?: Secret | undefined
  readonly role?: Role | undefined
  readonly enabled?: boolean | undefined
}

export class UserAdmin {
  readonly #dependencies: UserAdminDependencies

  constructor(dependencies: UserAdminDependencies) {
    this.#dependencies = dependencies
  }

  /** @param own the account that the caller is confined to, here and below: other people are not there */
  async list({ page, limit }: PageRequest, own?: string): Promise<Page<User>> {
    const users = (await this.#dependencies.store.users.list()).filter(({ accountId }) => own === undefined || accountId === own)
    return { rows: users.slice((page - 1) * limit, page * limit), total: users.length }
  }

  /** @throws GatewayError not_found */
  async get(id: string, own?: string): Promise<User> {
    return found(await this.#dependencies.store.users.findById(id), id, own)
  }

  /**
   * @param guard runs in the same transaction before the row is written and may throw
   * @throws GatewayError validation_failed, conflict when the name is taken
   */
  async create(input: NewUser, guard?: (repositories: Repositories) => Promise<void>): Promise<User> {
    const { store, hasher, clock, random } = this.#dependencies
    const username = normalizeUsername(input.username)
    if (!USERNAME_PATTERN.test(username)) {
      const message = 'must be 1 to 64 letters, digits or . _ @ + -, starting with a letter or digit'
      throw new GatewayError('validation_failed', `The username ${message}.`, { errors: [{ path: '/username', message }] })
    }
    assertPasswordAccepted(input.password.reveal(), username)
    // Hashing takes long: it must not keep other writers waiting.
    const passwordHash = await hasher.hash(input.password)
    const nowMs = clock.nowMs()
    const user: User = {
      id: createId('usr', nowMs, random.bytes(10)),
      username,
      role: input.role,
      enabled: input.enabled ?? true,
      tokenVersion: 1,
      accountId: input.accountId,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    }
    try {
      await store.transaction(async (repositories) => {
        await guard?.(repositories)
        await findAccountOf(input.accountId, repositories)
        await repositories.users.insert({ ...user, passwordHash })
      })
    } catch (error) {
      if (!(error instanceof UniqueViolationError)) throw error
      throw new GatewayError('conflict', `The username "${username}" is taken.`, { errors: [{ path: '/username', message: 'is taken' }], cause: error })
    }
    return user
  }

  /** @throws GatewayError not_found, precondition_failed, validation_failed, conflict for the last admin */
  async update(id: string, change: UserChange, seenVersions?: readonly number[], own?: string): Promise<User> {
    const { store, hasher, clock } = this.#dependencies
    const { password } = change
    if (password !== undefined) assertPasswordAccepted(password.reveal(), (await this.get(id, own)).username)
    const passwordHash = password === undefined ? undefined : await hasher.hash(password)
    return store.transaction(async ({ users }) => {
      const stored = found(await users.findById(id), id, own)
      assertSeenVersion(stored.updatedAtMs, seenVersions)
      const row: StoredUser = {
        ...stored,
        role: change.role ?? stored.role,
        enabled: change.enabled ?? stored.enabled,
        passwordHash: passwordHash ?? stored.passwordHash,
        tokenVersion: stored.tokenVersion + 1,
        updatedAtMs: nextChangeMs(clock.nowMs(), stored.updatedAtMs),
      }
      if (!isWorkingAdmin(row)) refuseLastAdmin(stored, await users.list())
      await users.update(row)
      return row
    })
  }

  /** @throws GatewayError not_found, precondition_failed, conflict for the last admin */
  async remove(id: string, seenVersions?: readonly number[], own?: string): Promise<void> {
    await this.#dependencies.store.transaction(async ({ users }) => {
      const stored = found(await users.findById(id), id, own)
      assertSeenVersion(stored.updatedAtMs, seenVersions)
      refuseLastAdmin(stored, await users.list())
      await users.remove(id)
    })
  }
}

function isWorkingAdmin(user: User): boolean {
  return user.role === 'admin' && user.enabled && user.accountId === undefined
}

/** Without an admin of the whole gateway nobody could let anybody in again. */
function refuseLastAdmin(user: User, all: readonly User[]): void {
  if (!isWorkingAdmin(user) || all.some((other) => other.id !== user.id && isWorkingAdmin(other))) return
  throw new GatewayError('conflict', `"${user.username}" is the last enabled admin. Make somebody else an admin first.`)
}

/** @throws GatewayError not_found, with the same words for who is not there and who is somebody else's */
function found(user: StoredUser | undefined, id: string, own: string | undefined): StoredUser {
  if (user === undefined || (own !== undefined && user.accountId !== own)) throw new GatewayError('not_found', `There is no user with the id "${id}".`)
  return user
}
