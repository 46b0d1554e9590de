// The file with the sealed configuration: one AES-256-GCM stream, written whole or not at all, used whole or not at all.
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { open, readFile, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Secret } from '../domain/secret.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { type SnapshotFile, type SnapshotImage, SnapshotRefusedError } from '../ports/snapshot-file.ts'
import { parseImage, renderImage } from './snapshot-lines.ts'

export interface SnapshotFileDependencies {
  /** Absolute. */
  readonly path: string
  /** ENCRYPTION_KEY. */
  readonly encryption: Secret
  /** ENCRYPTION_KEY_PREVIOUS: a file that was written before the key was changed is still read. */
  readonly previous?: Secret | undefined
  readonly clock: Clock
  readonly random: Random
}

const MAGIC = Buffer.from('AKRSNAP')
const FORMAT = 1
const SALT_BYTES = 32
const KEY_ID_BYTES = 4
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = MAGIC.length + 1 + SALT_BYTES + KEY_ID_BYTES + 8 + 8 + NONCE_BYTES
/** ms after which a draft that a crash left behind is removed. */
const DRAFT_MS = 600_000

interface Head {
  readonly salt: Buffer
  readonly keyId: Buffer
  readonly configVersion: number
  readonly writtenAtMs: number
  readonly nonce: Buffer
}

export function createSnapshotFile({ path, encryption, previous, clock, random }: SnapshotFileDependencies): SnapshotFile {
  const derive = (salt: Buffer, purpose: string, bytes: number, from = encryption): Buffer =>
    Buffer.from(hkdfSync('sha256', from.reveal(), salt, `api-key-rotator snapshot ${purpose} v1`, bytes))
  const keyOf = ({ salt, keyId }: Head): Buffer | undefined => {
    const source = [encryption, previous].find((one) => one !== undefined && derive(salt, 'key id', KEY_ID_BYTES, one).equals(keyId))
    return source && derive(salt, 'key', 32, source)
  }

  const write = async (image: SnapshotImage): Promise<void> => {
    const salt = random.bytes(SALT_BYTES)
    const head = renderHead({
      salt,
      keyId: derive(salt, 'key id', KEY_ID_BYTES),
      configVersion: image.configVersion,
      writtenAtMs: clock.nowMs(),
      nonce: random.bytes(NONCE_BYTES),
    })
    const cipher = createCipheriv('aes-256-gcm', derive(salt, 'key', 32), head.subarray(-NONCE_BYTES), { authTagLength: TAG_BYTES })
    cipher.setAAD(head)
    await replaceFile(path, random.bytes(8).toString('hex'), async (file) => {
      let size = (await file.write(head)).bytesWritten
      for (const slice of renderImage(image)) {
        const sealed = cipher.update(slice, 'utf8')
        size += sealed.length
        if (size > limits.snapshotFileBytesMax) throw new Error(`it would be larger than ${limits.snapshotFileBytesMax} bytes`)
        await file.writeFile(sealed)
      }
      await file.writeFile(Buffer.concat([cipher.final(), cipher.getAuthTag()]))
    })
    await removeOldDrafts(path, clock.nowMs())
  }

  const read = async (): Promise<SnapshotImage | undefined> => {
    const bytes = await readBounded(path)
    if (bytes === undefined) return undefined
    const head = parseHead(bytes)
    if (bytes.length < HEAD_BYTES + TAG_BYTES) throw new SnapshotRefusedError('it was cut')
    const key = keyOf(head)
    if (key === undefined) throw new SnapshotRefusedError('it was sealed with another ENCRYPTION_KEY')
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, head.nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(bytes.subarray(0, HEAD_BYTES))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      const plain = Buffer.concat([decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES)), decipher.final()])
      return parseImage(plain)
    } catch {
      throw new SnapshotRefusedError('it was changed or cut')
    }
  }

  const peek = async (): Promise<{ configVersion: number; writtenAtMs: number } | undefined> => {
    try {
      const file = await open(path, 'r')
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
        const head = parseHead(buffer.subarray(0, bytesRead))
        return derive(head.salt, 'key id', KEY_ID_BYTES).equals(head.keyId) ? { configVersion: head.configVersion, writtenAtMs: head.writtenAtMs } : undefined
      } finally {
        await file.close()
      }
    } catch {
      return undefined
    }
  }
  return { path, read, write, peek }
}

function renderHead({ salt, keyId, configVersion, writtenAtMs, nonce }: Head): Buffer {
  const numbers = Buffer.alloc(16)
  numbers.writeBigUInt64BE(BigInt(configVersion), 0)
  numbers.writeBigUInt64BE(BigInt(writtenAtMs), 8)
  return Buffer.concat([MAGIC, Buffer.from([FORMAT]), salt, keyId, numbers, nonce])
}

/** @throws SnapshotRefusedError */
function parseHead(bytes: Buffer): Head {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new SnapshotRefusedError('it is not a snapshot of this gateway')
  const format = bytes[MAGIC.length] ?? 0
  if (format > FORMAT) throw new SnapshotRefusedError(`it has the format ${format} of a newer version; this one reads ${FORMAT}`)
  if (format !== FORMAT || bytes.length < HEAD_BYTES) throw new SnapshotRefusedError('it was cut')
  let at = MAGIC.length + 1
  const take = (count: number): Buffer => bytes.subarray(at, (at += count))
  const [salt, keyId, version, writtenAt, nonce] = [take(SALT_BYTES), take(KEY_ID_BYTES), take(8), take(8), take(NONCE_BYTES)]
  return { salt, keyId, configVersion: Number(version.readBigUInt64BE()), writtenAtMs: Number(writtenAt.readBigUInt64BE()), nonce }
}

async function readBounded(path: string): Promise<Buffer | undefined> {
  try {
    const status = await stat(path)
    if (!status.isFile() || status.size > limits.snapshotFileBytesMax) throw new SnapshotRefusedError('it is not a file that this gateway wrote')
    return await readFile(path)
  } catch (error) {
    if (error instanceof SnapshotRefusedError) throw error
    const { code = 'unknown error' } = error as { code?: string }
    if (code === 'ENOENT') return undefined
    throw new SnapshotRefusedError(`it cannot be read (${code})`)
  }
}

/** A crash leaves the old file or the new one; of several writers the last one wins. */
async function replaceFile(path: string, mark: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}-${mark}.tmp`)
  const file = await open(draft, 'wx', 0o600)
  try {
    try {
      await fill(file)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
}

/** Without it the new name may be lost at a power failure; not every platform can. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined)
  await directory?.sync().catch(() => undefined)
  await directory?.close()
}

async function removeOldDrafts(path: string, nowMs: number): Promise<void> {
  const folder = dirname(path)
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`.${basename(path)}-`) || !name.endsWith('.tmp')) continue
    const draft = join(folder, name)
    const status = await stat(draft).catch(() => undefined)
    if (status !== undefined && nowMs - status.mtimeMs > DRAFT_MS) await rm(draft, { force: true })
  }
}
