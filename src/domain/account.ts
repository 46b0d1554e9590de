// A tenant: people, client keys, the upstreams they may use, and limits that all its client keys share.
import type { Budget } from './budget.ts'
import type { ClientLimits } from './client-limits.ts'

/** An upstream that the account may use. */
export interface AccountBinding {
  /** Slug. */
  readonly upstream: string
  /** Only keys of its pool that carry this tag; undefined = all. */
  readonly keyTag?: string | undefined
}

export interface Account {
  readonly id: string
  /** Unique, byte for byte. */
  readonly name: string
  /** False: its client keys are refused and its people cannot sign in. */
  readonly enabled: boolean
  /** Kept for the program that provisions accounts, like `verificationEnabled`; nothing here depends on it. */
  readonly priority: number
  readonly verificationEnabled: boolean
  /** What all client keys of the account may send together; undefined = no more limits than each key has. */
  readonly limits: ClientLimits | undefined
  /** What all client keys of the account may spend together; undefined = no more than each key may. */
  readonly budget?: Budget | undefined
  /** undefined = all upstreams. */
  readonly bindings: readonly AccountBinding[] | undefined
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** The tag that keys of the upstream must carry for the account; undefined = any will do. */
export function keyTagFor({ bindings }: Pick<Account, 'bindings'>, slug: string): string | undefined {
  return bindings?.find(({ upstream }) => upstream === slug)?.keyTag
}

/** Whether people and client keys of the account may use the upstream. */
export function isBound({ bindings }: Pick<Account, 'bindings'>, slug: string): boolean {
  return bindings === undefined || bindings.some(({ upstream }) => upstream === slug)
}

/** By slug: the tag that keys for the account must carry. undefined when it may use all keys of all its upstreams. */
export function keyTagsOf({ bindings }: Pick<Account, 'bindings'>): ReadonlyMap<string, string> | undefined {
  const tagged = bindings?.flatMap(({ upstream, keyTag }) => (keyTag === undefined ? [] : [[upstream, keyTag] as const])) ?? []
  return tagged.length === 0 ? undefined : new Map(tagged)
}

/** The slugs that are left when both have their say; undefined = all. */
export function usableUpstreams(own: readonly string[] | undefined, account: Pick<Account, 'bindings'>): readonly string[] | undefined {
  if (account.bindings === undefined) return own
  return own === undefined ? account.bindings.map(({ upstream }) => upstream) : own.filter((slug) => isBound(account, slug))
}
