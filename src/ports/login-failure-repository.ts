// Where failed sign-ins are counted.

/** Failed sign-ins per (account, network). */
export interface LoginFailureRepository {
  find(account: string, network: string): Promise<{ count: number; firstAtMs: number } | undefined>
  /** Adds one; a window older than `windowMs` starts anew. Returns the new count. Bounded by limits.loginFailureRowsMax. */
  add(account: string, network: string, nowMs: number, windowMs: number): Promise<number>
  clear(account: string, network: string): Promise<void>
}
