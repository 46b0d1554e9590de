// Where routes are kept.
import type { Route } from '../domain/route.ts'
import type { Page, PageRequest } from './store.ts'

export interface StoredRoutes {
  /** By id; ids sort by creation time. */
  readonly routes: readonly Route[]
  /** Ids of rows that cannot be read: damaged, or written by something else. */
  readonly unreadable: readonly string[]
}

/** Rows that cannot be read are nowhere but in `list().unreadable`, and can be removed. */
export interface RouteRepository {
  list(): Promise<StoredRoutes>
  /** `total` counts rows that cannot be read too. */
  listPage(page: PageRequest, filter?: { search?: string | undefined }): Promise<Page<Route>>
  findById(id: string): Promise<Route | undefined>
  insert(route: Route): Promise<void>
  /** Replaces the row; false when it does not exist, or when `expectedUpdatedAtMs` is given and differs. */
  update(route: Route, expectedUpdatedAtMs?: number): Promise<boolean>
  remove(id: string): Promise<boolean>
}
