// Signs people in and out and says who a token belongs to.
import { Secret } from '../domain/secret.ts'
import type { User } from '../domain/user.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { PasswordHasher, TokenSigner } from '../ports/key-vault.ts'
import type { Logger } from '../ports/logger.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { Random } from '../ports/random.ts'
import type { Store, StoredUser } from '../ports/store.ts'
import { LoginThrottle } from './login-throttle.ts'
import { normalizeUsername } from './password-rules.ts'

export interface UserAuthDependencies {
  readonly store: Store
  readonly hasher: PasswordHasher
  readonly signer: TokenSigner
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
}

export interface Session {
  readonly user: User
  readonly accessToken: Secret
  /** ms from now. */
  readonly expiresInMs: number
}

/** A person behind a valid token. */
export interface SignedIn {
  readonly user: User
  /** Epoch ms of the sign-in that the session began with. */
  readonly signedInAtMs: number
  /** Epoch ms at which the token ends, or the session if that is earlier. */
  readonly endsAtMs: number
}

export class UserAuth {
  readonly #dependencies: UserAuthDependencies
  readonly #throttle: LoginThrottle
  #dummyHash: Promise<string> | undefined

  constructor(dependencies: UserAuthDependencies) {
    this.#dependencies = dependencies
    this.#throttle = new LoginThrottle(dependencies.store.loginFailures, dependencies.clock)
  }

  /**
   * @param network see networkOf in http/client-address.ts
   * @throws GatewayError login_failed (the same for an unknown user, a wrong password, a disabled user and one of a disabled account), login_locked
   */
  async login(usernameAsTyped: string, password: Secret, network: string): Promise<Session> {
    const { store, hasher, clock, logger, metrics } = this.#dependencies
    const username = normalizeUsername(usernameAsTyped)
    try {
      await this.#throttle.admit(username, network)
    } catch (error) {
      if (error instanceof GatewayError) metrics.authFailed('admin', error.code)
      throw error
    }
    // Made before the look-up, so that an unknown user costs exactly as much time as a known one.
    const dummyHash = await this.#makeDummyHash()
    const user = await store.users.findByUsername(username)
    const isRight = await hasher.verify(password, user?.passwordHash ?? dummyHash)
    if (user === undefined || !isRight || !user.enabled || !(await this.#mayWork(user))) {
      await this.#throttle.recordFailure(network)
      metrics.authFailed('admin', 'login_failed')
      logger.warn('auth.failed', 'A sign-in failed', { surface: 'admin', network })
      throw new GatewayError('login_failed', 'The username or the password is wrong.')
    }
    await this.#throttle.forgive(username, network)
    logger.info('auth.signed_in', `${user.username} signed in`, { user_id: user.id, network })
    return this.createSession(user, clock.nowMs())
  }

  /** The person behind a token of ours, looked up each time: a logout, a new role or a disabled user counts at once. */
  async findSignedIn(token: string): Promise<SignedIn | undefined> {
    const { store, signer, clock } = this.#dependencies
    const claims = await signer.verify(token)
    if (claims === undefined || clock.nowMs() - claims.signedInAtMs >= limits.sessionMs) return undefined
    const user = await store.users.findById(claims.userId)
    if (user === undefined || !user.enabled || user.tokenVersion !== claims.tokenVersion || !(await this.#mayWork(user))) return undefined
    return { user: withoutHash(user), signedInAtMs: claims.signedInAtMs, endsAtMs: Math.min(claims.expiresAtMs, claims.signedInAtMs + limits.sessionMs) }
  }

  /** Whether sessions of this person with this token version go on. One look-up for all of them. */
  async isStillGood(userId: string, tokenVersion: number): Promise<boolean> {
    const user = await this.#dependencies.store.users.findById(userId)
    return user !== undefined && user.enabled && user.tokenVersion === tokenVersion && (await this.#mayWork(user))
  }

  /** A new token for the same session, which still ends limits.sessionMs after its sign-in. */
  refresh(signedIn: SignedIn): Promise<Session> {
    return this.createSession(signedIn.user, signedIn.signedInAtMs)
  }

  /** Ends every session of this person. */
  async logout(userId: string): Promise<void> {
    const { store, clock } = this.#dependencies
    await store.transaction(async ({ users }) => {
      const user = await users.findById(userId)
      if (user !== undefined) await users.update({ ...user, tokenVersion: user.tokenVersion + 1, updatedAtMs: clock.nowMs() })
    })
  }

  async createSession(user: User, signedInAtMs: number): Promise<Session> {
    const { signer, clock } = this.#dependencies
    const { token, expiresAtMs } = await signer.sign({ userId: user.id, tokenVersion: user.tokenVersion, signedInAtMs })
    const sessionEndMs = signedInAtMs + limits.sessionMs
    return { user, accessToken: new Secret(token), expiresInMs: Math.max(0, Math.min(expiresAtMs, sessionEndMs) - clock.nowMs()) }
  }

  /** People of an account that is disabled or gone are locked out with it, at once and in every process. */
  async #mayWork({ accountId }: User): Promise<boolean> {
    return accountId === undefined || (await this.#dependencies.store.accounts.findById(accountId))?.enabled === true
  }

  #makeDummyHash(): Promise<string> {
    const { hasher, random } = this.#dependencies
    this.#dummyHash ??= hasher.hash(new Secret(random.bytes(24).toString('base64url'))).catch((error: unknown) => {
      this.#dummyHash = undefined
      throw error
    })
    return this.#dummyHash
  }
}

function withoutHash({ passwordHash: _, ...user }: StoredUser): User {
  return user
}
