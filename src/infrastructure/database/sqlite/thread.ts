// The main thread's end of the SQLite thread: sends requests, matches answers, and survives the thread's death with an error.
import { Worker } from 'node:worker_threads'
import { CLOSED, GONE } from './messages.ts'
import type { SqliteAnswer, SqliteCall, SqliteReply, SqliteRequest } from './messages.ts'

/** An error of the SQLite thread with SQLite's own code, e.g. `SQLITE_CONSTRAINT_UNIQUE`. */
export class SqliteFault extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'SqliteFault'
    this.code = code
  }
}

/** The code of a SqliteFault; empty for any other error. */
export function codeOf(error: unknown): string {
  return error instanceof SqliteFault ? error.code : ''
}

interface Waiter {
  resolve(answer: SqliteAnswer): void
  reject(error: SqliteFault): void
}

export class SqliteThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiter>()
  #nextId = 1
  #end: SqliteFault | undefined

  constructor() {
    // The bundle puts worker.js beside main.js; from source, Node strips the types of worker.ts itself.
    const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
    this.#worker = new Worker(new URL(`./worker${extension}`, import.meta.url), { name: 'sqlite', stdout: false, stderr: false })
    this.#worker.on('message', (reply: SqliteReply) => this.#settle(reply))
    this.#worker.on('error', (error: Error) => this.#fail(new SqliteFault(GONE, `the SQLite thread failed: ${error.message}`)))
    this.#worker.on('exit', () => this.#fail(new SqliteFault(GONE, 'the SQLite thread has ended')))
    this.#worker.unref()
  }

  /** @throws SqliteFault */
  async call(request: SqliteRequest): Promise<SqliteAnswer> {
    if (this.#end !== undefined) throw this.#end
    const id = this.#nextId++
    const call: SqliteCall = { id, request }
    return new Promise((resolve, reject) => {
      this.#worker.postMessage(call)
      // An idle thread must not keep a finished program alive, a working one must.
      if (this.#waiting.size === 0) this.#worker.ref()
      this.#waiting.set(id, { resolve, reject })
    })
  }

  /** Idempotent. Close the databases first. */
  async terminate(): Promise<void> {
    this.#end ??= new SqliteFault(CLOSED, 'the database is closed')
    await this.#worker.terminate()
  }

  #settle(reply: SqliteReply): void {
    const waiter = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if ('answer' in reply) waiter?.resolve(reply.answer)
    else waiter?.reject(new SqliteFault(reply.error.code, reply.error.message))
  }

  #fail(fault: SqliteFault): void {
    this.#end ??= fault
    for (const waiter of this.#waiting.values()) waiter.reject(this.#end)
    this.#waiting.clear()
  }
}
