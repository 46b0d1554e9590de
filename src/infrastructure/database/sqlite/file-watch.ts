// Sees that the file of the database is still the one that was opened: an open file goes on working when it is deleted, and keeps nothing.
import { access, constants, open, stat } from 'node:fs/promises'
import type { Logger } from '../../../ports/logger.ts'
import { codeOf, SqliteFault } from './thread.ts'

/** ms between two looks; what is written in between may be lost with the file. */
const LOOK_MS = 1_000
const MAGIC = 'SQLite format 3\0'

interface Findings {
  /** The file is not the database any more: whatever is written goes nowhere. */
  readonly fault?: string
  /** It works, but not after a restart. */
  readonly notice?: string
}

export class FileWatch {
  readonly #file: string
  readonly #logger: Logger | undefined
  #identity = ''
  #found: Findings = {}
  #timer: NodeJS.Timeout | undefined

  constructor(file: string, logger: Logger | undefined) {
    this.#file = file
    this.#logger = logger
  }

  /** What is wrong, for people; undefined when nothing is. */
  get fault(): string | undefined {
    return this.#found.fault ?? this.#found.notice
  }

  /** @throws SqliteFault when what is written would be lost */
  readonly assertWhole = (): void => {
    if (this.#found.fault !== undefined) throw new SqliteFault('SQLITE_CANTOPEN', this.#found.fault)
  }

  async start(): Promise<void> {
    this.#identity = identityOf(await stat(this.#file))
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async look(): Promise<void> {
    const before = this.fault
    this.#found = await this.#examine()
    const now = this.fault
    if (now === before) return
    if (now === undefined) this.#logger?.info('database.whole', `${this.#file} is well again`)
    else {
      const advice =
        this.#found.fault === undefined
          ? 'Make it writable before the next start.'
          : 'Requests are served from memory; management answers 503. Put the file back, or stop the gateway and restore a backup: a restart without the file is refused.'
      this.#logger?.error('database.tampered', `${now}. ${advice}`, { path: this.#file })
    }
  }

  async #examine(): Promise<Findings> {
    const file = this.#file
    try {
      if (identityOf(await stat(file)) !== this.#identity) return { fault: `${file} was replaced while the gateway used it` }
      if ((await readHead(file)) !== MAGIC) return { fault: `${file} was overwritten while the gateway used it` }
      await access(file, constants.W_OK)
      return ((await stat(file)).mode & 0o200) === 0 ? { notice: `${file} is read-only now` } : {}
    } catch (error) {
      const { code = codeOf(error) } = error as { code?: string }
      if (code === 'ENOENT') return { fault: `${file} was deleted while the gateway used it` }
      return code === 'EACCES' || code === 'EROFS' ? { notice: `${file} is read-only now` } : { fault: `${file} cannot be read (${code})` }
    }
  }
}

function identityOf({ dev, ino }: { dev: number; ino: number }): string {
  return `${dev}:${ino}`
}

async function readHead(file: string): Promise<string> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
