// Unpacks a copy of a compressed answer in Node's threads while the answer itself goes to the client as it is.
import type { Transform } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { limits } from '../limits.ts'

/** What a stream has sent so far is given out at once, and a cut end is no error. */
const ZLIB = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }
const BROTLI = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH }
const ZSTD = { flush: constants.ZSTD_e_flush, finishFlush: constants.ZSTD_e_flush }

const UNPACKERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', () => createGunzip(ZLIB)],
  ['x-gzip', () => createGunzip(ZLIB)],
  ['deflate', () => createInflate(ZLIB)],
  ['br', () => createBrotliDecompress(BROTLI)],
  ['zstd', () => createZstdDecompress(ZSTD)],
])

export class UnpackedCopy {
  #unpacker: Transform | undefined
  #unpackedBytes = 0
  #hasEnded = false
  #done: ((hasAll: boolean) => void) | undefined
  readonly #closed: () => void

  /**
   * @param encoding of an unknown one, or several, nothing is unpacked
   * @param closed called once, when it holds no memory any more
   */
  constructor(encoding: string | readonly string[], take: (chunk: Buffer) => void, closed: () => void) {
    const create = typeof encoding === 'string' ? UNPACKERS.get(encoding.trim().toLowerCase()) : undefined
    this.#closed = closed
    this.#unpacker = create?.()
    if (create === undefined) closed()
    this.#unpacker?.on('data', (chunk: Buffer) => {
      this.#unpackedBytes += chunk.length
      try {
        // A bomb is not looked into.
        if (this.#unpackedBytes > limits.meterUnpackedBytesMax) this.#give(false)
        else take(chunk)
      } catch {
        this.#give(false)
      }
    })
    this.#unpacker?.on('end', () => this.#give(true))
    this.#unpacker?.on('error', () => this.#give(false))
  }

  take(chunk: Buffer): void {
    if (this.#unpacker === undefined) return
    // Whoever is too slow to look gets nothing more: what waits stays bounded.
    if (this.#unpacker.writableLength + chunk.length > limits.meterBacklogBytesMax) this.#give(false)
    else this.#unpacker.write(chunk)
  }

  /** Calls `done` once, when everything that came is unpacked. */
  end(done: (hasAll: boolean) => void): void {
    if (this.#unpacker === undefined) return done(this.#hasEnded)
    this.#done = done
    this.#unpacker.end()
  }

  #give(hasAll: boolean): void {
    const unpacker = this.#unpacker
    if (unpacker === undefined) return
    this.#unpacker = undefined
    this.#hasEnded = hasAll
    unpacker.destroy()
    this.#closed()
    this.#done?.(hasAll)
  }
}
