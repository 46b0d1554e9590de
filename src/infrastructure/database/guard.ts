// Turns what a database throws into the errors of the store port, once, around every repository method.
import { StoreUnavailableError, UniqueViolationError } from '../../ports/store.ts'
import type { DatabaseTraits } from './traits.ts'

/** Runs one call to the store. */
export type Run = <T>(work: () => Promise<T>) => Promise<T>

/** A Run that only translates errors; what is not the database's fault passes unchanged. */
export function createRun(traits: DatabaseTraits): Run {
  return async (work) => {
    try {
      return await work()
    } catch (error) {
      throw translate(error, traits)
    }
  }
}

/** How often a transaction is run again that others were in the way of; each time the database has waited a second for them already. */
const REPEATS_MAX = 4

/**
 * Runs one transaction, and again from its start when the database has undone it and asks for that: after a deadlock, or a lock that others held too long.
 * Nothing of it is stored then. A commit whose answer was lost is never repeated: it may have been done.
 */
export async function repeated<T>(traits: DatabaseTraits, transaction: () => Promise<T>): Promise<T> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await transaction()
    } catch (error) {
      const cause = error instanceof StoreUnavailableError ? error.cause : error
      if (repeats === REPEATS_MAX || !traits.isConflict(cause)) throw error
    }
  }
}

/** The same object with every method wrapped by `run`. */
export function guarded<T extends object>(target: T, run: Run): T {
  return new Proxy(target, {
    get: (object, name) => {
      const member: unknown = Reflect.get(object, name)
      if (typeof member !== 'function') return member
      return (...parameters: unknown[]) => run(async () => (await member.apply(object, parameters)) as unknown)
    },
  })
}

function translate(error: unknown, traits: DatabaseTraits): unknown {
  if (traits.isUniqueViolation(error)) return new UniqueViolationError('A row with this unique value exists already', { cause: error })
  if (traits.isTransient(error)) {
    const reason = error instanceof Error ? error.message : String(error)
    return new StoreUnavailableError(`${traits.name} cannot answer: ${reason}`, { cause: error })
  }
  return error
}
