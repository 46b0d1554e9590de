// Randomness, injected so that tests can own it.

export interface Random {
  /** Cryptographically strong bytes. */
  bytes(count: number): Buffer
  /** 0 <= x < 1, for jitter; not for secrets. */
  fraction(): number
}
