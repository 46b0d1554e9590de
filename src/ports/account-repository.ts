// Where accounts are kept.
import type { Account } from '../domain/account.ts'
import type { Page, PageRequest } from './store.ts'

export interface AccountFilter {
  readonly search?: string | undefined
  readonly enabled?: boolean | undefined
}

export interface AccountCounts {
  readonly total: number
  readonly enabled: number
  /** Client keys and people that belong to an account. */
  readonly clientKeys: number
  readonly users: number
}

export interface AccountRepository {
  list(): Promise<readonly Account[]>
  listPage(page: PageRequest, filter?: AccountFilter): Promise<Page<Account>>
  countAll(): Promise<AccountCounts>
  findById(id: string): Promise<Account | undefined>
  /** @throws UniqueViolationError when the name is taken */
  insert(account: Account): Promise<void>
  /** Inserts all or none. @throws UniqueViolationError */
  insertMany(accounts: readonly Account[]): Promise<void>
  /** @throws UniqueViolationError when the name is taken */
  update(account: Account): Promise<boolean>
  /** What belongs to the account must be gone before. */
  remove(id: string): Promise<boolean>
}
