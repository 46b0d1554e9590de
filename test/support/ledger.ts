// Owns the upstream's book of everything that reached it; exactness tests read this and never the gateway's own numbers.
import { findCredentials } from './credentials.ts'
import { headerOf, type MessageHead } from './http-reader.ts'

export interface LedgerEntry {
  readonly sequence: number
  /** Monotonic ms at which the head was complete. */
  readonly atMs: number
  readonly connection: number
  readonly method: string
  /** Path and query as they stood on the wire. */
  readonly target: string
  readonly rawHeaders: readonly string[]
  /** The head as latin1 text; empty in a lean ledger. */
  readonly rawHead: string
  /** Every credential that arrived, in the order found. */
  readonly credentials: readonly { readonly where: string; readonly value: string }[]
  /** The first credential's value, or an empty string. */
  readonly key: string
  /** The client's `x-req-id`, or an empty string. */
  readonly nonce: string
  /** The first 256 KiB of the body, decoded from its framing. */
  body: Buffer
  bodyBytes: number
  /** Lower-case hex; set when the body is complete. */
  bodySha256: string
  /** The whole request arrived. */
  complete: boolean
  /** Monotonic ms at which the connection closed before the answer was finished; undefined while it has not. */
  abortedAtMs: number | undefined
  /** The scripted answer was sent to its end. */
  answered: boolean
}

/** @param lean leave out what takes room in runs of many thousands */
export function createEntry(head: MessageHead, about: { readonly sequence: number; readonly connection: number; readonly lean: boolean }): LedgerEntry {
  const [method = '', target = ''] = head.startLine.split(' ')
  const credentials = findCredentials(head.rawHeaders, target)
  return {
    sequence: about.sequence,
    atMs: performance.now(),
    connection: about.connection,
    method,
    target,
    rawHeaders: about.lean ? [] : head.rawHeaders,
    rawHead: about.lean ? '' : head.raw,
    credentials: about.lean ? [] : credentials,
    key: credentials[0]?.value ?? '',
    nonce: headerOf(head.rawHeaders, 'x-req-id') ?? '',
    body: Buffer.alloc(0),
    bodyBytes: 0,
    bodySha256: '',
    complete: false,
    abortedAtMs: undefined,
    answered: false,
  }
}

interface Waiter {
  readonly predicate: () => boolean
  readonly resolve: () => void
}

export class Ledger {
  readonly entries: LedgerEntry[] = []
  #waiters: Waiter[] = []

  add(entry: LedgerEntry): void {
    this.entries.push(entry)
    this.changed()
  }

  /** Called after every change of an entry, so that waiters look again. */
  changed(): void {
    if (this.#waiters.length === 0) return
    const ready = this.#waiters.filter((waiter) => waiter.predicate())
    if (ready.length === 0) return
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter))
    for (const waiter of ready) waiter.resolve()
  }

  /** Resolves with the first entry that fits, now or later. @throws after timeoutMs with what the book holds. */
  async waitFor(predicate: (entry: LedgerEntry) => boolean, timeoutMs = 10_000): Promise<LedgerEntry> {
    await this.until(() => this.entries.some(predicate), timeoutMs)
    return this.entries.find(predicate) as LedgerEntry
  }

  /** Resolves when the condition holds; it is evaluated after every change. */
  until(condition: () => boolean, timeoutMs = 10_000): Promise<void> {
    if (condition()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        reject(new Error(`ledger: waited ${timeoutMs} ms; ${this.describe()}`))
      }, timeoutMs)
      const waiter = {
        predicate: condition,
        resolve: () => {
          clearTimeout(timer)
          resolve()
        },
      }
      this.#waiters.push(waiter)
    })
  }

  /** Requests per key value. */
  countsByKey(entries: readonly LedgerEntry[] = this.entries): Map<string, number> {
    const counts = new Map<string, number>()
    for (const entry of entries) counts.set(entry.key, (counts.get(entry.key) ?? 0) + 1)
    return counts
  }

  withNonce(nonce: string): LedgerEntry[] {
    return this.entries.filter((entry) => entry.nonce === nonce)
  }

  clear(): void {
    this.entries.length = 0
  }

  describe(): string {
    const last = this.entries.slice(-5).map((entry) => `${entry.method} ${entry.target} complete=${entry.complete} answered=${entry.answered}`)
    return `${this.entries.length} entries, last: ${last.join(' | ')}`
  }
}
