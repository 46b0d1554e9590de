// The change of the keys that values are sealed with, and the values that it has to go through.
import type { SealContext } from './key-vault.ts'

export interface RotationStatus {
  /** How values begin that are sealed with the present keys. */
  readonly prefix: string
  /** ENCRYPTION_KEY is new, and the data are still under ENCRYPTION_KEY_PREVIOUS: a rotation has to be begun. */
  readonly isKeyWaiting: boolean
  /** Begun and not finished: the data key before is still known. */
  readonly isUnderWay: boolean
}

export interface KeyRotation {
  /** @throws StartupError when neither key is right */
  status(): Promise<RotationStatus>
  /** New keys for everything that is sealed from now on; what was sealed before stays readable. Nothing when one is under way already. */
  begin(): Promise<void>
  /** Forgets the keys before when nothing is sealed with them. @returns how many values still are */
  finish(): Promise<number>
  /** Takes over the keys that are stored, in this process. */
  reload(): Promise<void>
}

export interface SealedValue {
  /** Orders the values of a table. */
  readonly id: string
  readonly sealed: string
  readonly place: SealContext
  /** Digest of what is sealed; undefined where none is kept. */
  readonly digest: string | undefined
}

export const SEALED_TABLES = ['upstream_keys', 'job_parts'] as const
export type SealedTable = (typeof SEALED_TABLES)[number]

export interface SealedValueRepository {
  /** In the order of their ids. @param without leaves out those that begin so */
  list(table: SealedTable, after: string, limit: number, without?: string): Promise<readonly SealedValue[]>
  /** Those that do not begin so, in all tables. */
  countOthers(prefix: string): Promise<number>
  /** Each only while it is what it was. @returns how many were replaced */
  replace(table: SealedTable, changes: readonly { readonly value: SealedValue; readonly sealed: string }[]): Promise<number>
}
