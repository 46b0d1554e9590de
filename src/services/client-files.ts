// Files of clients: uploaded in pieces, bounded, seen by their owner alone, gone after their time.
import type { ClientFile } from '../domain/batch.ts'
import { createId } from '../domain/id.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { FileListing } from '../ports/batch-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Store } from '../ports/store.ts'

export interface ClientFilesDependencies {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  /** Of all files together (FILES_MAX_BYTES). */
  readonly bytesMax: number
}

export interface FileDetails {
  readonly filename: string
  /** Time until it is removed; default limits.fileKeptMs. */
  readonly keptMs?: number | undefined
}

/** A file that is being uploaded. End it with `finish` or `abandon`. */
export interface FileUpload {
  /** @throws GatewayError request_too_large, validation_failed */
  write(chunk: Uint8Array): Promise<void>
  /** @throws GatewayError validation_failed */
  finish(details: FileDetails): Promise<ClientFile>
  abandon(): Promise<void>
}

const FILENAME_CHARS_MAX = 200

export class ClientFiles {
  readonly #dependencies: ClientFilesDependencies

  constructor(dependencies: ClientFilesDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * @param announcedBytes that the file has at most; its room is reserved
   * @throws GatewayError request_too_large, conflict when there is no room
   */
  async begin(owner: string, announcedBytes: number): Promise<FileUpload> {
    const { store, clock } = this.#dependencies
    await this.removeExpired()
    const reserved = Math.min(announcedBytes, limits.fileBytesMax)
    const file: ClientFile = {
      id: this.createFileId(),
      owner,
      filename: 'upload',
      purpose: 'batch',
      status: 'uploading',
      bytes: reserved,
      createdAtMs: clock.nowMs(),
      expiresAtMs: clock.nowMs() + limits.fileUploadMs,
    }
    await store.transaction(async ({ files }) => {
      const used = await files.usage(owner)
      if (used.files >= limits.filesPerClientMax)
        throw new GatewayError('conflict', `This client key has ${used.files} files; at most ${limits.filesPerClientMax} are kept. Delete some.`)
      if (!this.#hasRoom(used.bytes + reserved))
        throw new GatewayError(
          'conflict',
          'The gateway has no room for this file: its files may have FILES_MAX_BYTES in all. Delete some, or ask its administrator.',
        )
      await files.insert(file)
    })
    return new Upload(file, this.#dependencies)
  }

  createFileId(): string {
    const { clock, random } = this.#dependencies
    return createId('file', clock.nowMs(), random.bytes(10)).replace('_', '-')
  }

  /** Whether results may still be added. */
  async hasRoom(): Promise<boolean> {
    const { bytes } = await this.#dependencies.store.files.usage('')
    return this.#hasRoom(bytes)
  }

  #hasRoom(bytes: number): boolean {
    return bytes <= this.#dependencies.bytesMax
  }

  async list(owner: string, listing: FileListing): Promise<readonly ClientFile[]> {
    return this.#dependencies.store.files.listOf(owner, listing, this.#dependencies.clock.nowMs())
  }

  /** @throws GatewayError not_found, also for files of others */
  async get(owner: string, id: string): Promise<ClientFile> {
    const { store, clock } = this.#dependencies
    const file = await store.files.find(id)
    if (file === undefined || file.owner !== owner || file.status !== 'processed' || file.expiresAtMs <= clock.nowMs()) {
      throw new GatewayError('not_found', `There is no file '${id.slice(0, 64)}', or it is not this client key's.`)
    }
    return file
  }

  /** What is in a file, a bounded piece at a time. */
  async *read(fileId: string): AsyncGenerator<string> {
    const { files } = this.#dependencies.store
    for (let piece = await files.read(fileId, 0); piece !== undefined; piece = await files.read(fileId, piece.last)) yield piece.text
  }

  /** @throws GatewayError not_found, conflict while a batch reads it */
  async remove(owner: string, id: string): Promise<void> {
    const { store } = this.#dependencies
    await this.get(owner, id)
    if (await store.batches.isReading(id)) throw new GatewayError('conflict', 'A batch still reads this file. Cancel the batch, or wait for its end.')
    await store.files.remove(id)
  }

  /** Some of the files whose time is over. @returns how many */
  async removeExpired(): Promise<number> {
    const { store, clock } = this.#dependencies
    const ids = await store.files.listExpired(clock.nowMs(), limits.filesExpiredAtOnce)
    for (const id of ids) await store.files.remove(id)
    return ids.length
  }
}

class Upload implements FileUpload {
  readonly #file: ClientFile
  readonly #dependencies: ClientFilesDependencies
  // A byte order mark is kept: what comes back is what was sent.
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #text: string[] = []
  #waiting = 0
  #bytes = 0
  #position = 0

  constructor(file: ClientFile, dependencies: ClientFilesDependencies) {
    this.#file = file
    this.#dependencies = dependencies
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#bytes += chunk.byteLength
    if (this.#bytes > this.#file.bytes) {
      const mebibytes = limits.fileBytesMax / 1024 / 1024
      throw new GatewayError('request_too_large', `The file is larger than announced, or than the ${mebibytes} MiB that a file may have. Send it in parts.`)
    }
    // In small steps, whatever the client's chunks are: parts are written as one statement.
    for (let at = 0; at < chunk.byteLength; at += limits.filePartBytes) {
      await this.#take(this.#decode(chunk.subarray(at, at + limits.filePartBytes), true))
    }
  }

  async #take(text: string): Promise<void> {
    if (text.includes('\0')) throw new GatewayError('validation_failed', 'The file is not JSON Lines: it has NUL characters.')
    this.#text.push(text)
    this.#waiting += text.length
    if (this.#waiting >= limits.filePartBytes) await this.#flush()
  }

  #decode(chunk: Uint8Array, stream: boolean): string {
    try {
      return this.#decoder.decode(chunk, { stream })
    } catch {
      throw new GatewayError('validation_failed', 'The file is not valid UTF-8: send JSON Lines.')
    }
  }

  async #flush(): Promise<void> {
    if (this.#waiting === 0) return
    const text = this.#text.join('')
    this.#text = []
    this.#waiting = 0
    await this.#dependencies.store.files.addParts(this.#file.id, [{ position: ++this.#position, text }])
  }

  async finish({ filename, keptMs }: FileDetails): Promise<ClientFile> {
    const { store, clock } = this.#dependencies
    await this.#take(this.#decode(new Uint8Array(), false))
    await this.#flush()
    const expiresAtMs = clock.nowMs() + (keptMs ?? limits.fileKeptMs)
    const change = { status: 'processed', filename: filename.slice(0, FILENAME_CHARS_MAX), bytes: this.#bytes, expiresAtMs } as const
    await store.files.update(this.#file.id, change)
    return { ...this.#file, ...change }
  }

  async abandon(): Promise<void> {
    await this.#dependencies.store.files.remove(this.#file.id)
  }
}
