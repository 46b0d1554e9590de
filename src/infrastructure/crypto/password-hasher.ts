// argon2id at OWASP's floor, a few at a time: each one takes 19 MiB and a core.
import { GatewayError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { PasswordHasher } from '../../ports/key-vault.ts'

/** `algorithm` 2 is argon2id; the package's const enum cannot be imported by stripped TypeScript. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Both methods throw GatewayError `overloaded` when limits.passwordHashesQueued others wait already. */
export function createPasswordHasher(): PasswordHasher {
  const inTurn = createTurns()
  // Native code, loaded with the first password: most starts of a gateway never see one.
  const argon2 = (): Promise<typeof import('@node-rs/argon2')> => import('@node-rs/argon2')
  return {
    hash: (password) => inTurn(async () => (await argon2()).hash(password.reveal(), ARGON2ID)),
    /** False for a stored hash that is no argon2 hash: nobody can sign in with it. */
    verify: (password, stored) => inTurn(async () => (await argon2()).verify(stored, password.reveal()).catch(() => false)),
  }
}

function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= limits.passwordHashesParallel) {
      if (waiting.length >= limits.passwordHashesQueued) {
        throw new GatewayError('overloaded', 'Too many sign-ins at once. Try again in a few seconds.', { retryAfterMs: 3_000 })
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      running++
    }
    try {
      return await work()
    } finally {
      // The place goes to the next in line without becoming free, so that nobody overtakes.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
