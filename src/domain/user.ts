// People who manage the gateway.

export const ROLES = ['viewer', 'operator', 'admin'] as const
/** `viewer` reads, `operator` also changes upstreams and keys, `admin` may do everything. */
export type Role = (typeof ROLES)[number]

export interface User {
  readonly id: string
  readonly username: string
  readonly role: Role
  readonly enabled: boolean
  /** Bumped by logout, password and role changes: tokens with an older number are refused. */
  readonly tokenVersion: number
  /** Sees this account and nothing else; undefined = the whole gateway. Never changes. */
  readonly accountId?: string | undefined
  readonly createdAtMs: number
  readonly updatedAtMs: number
}
