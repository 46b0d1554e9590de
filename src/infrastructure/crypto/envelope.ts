// One sealed value: AES-256-GCM, bound to its place, in the canonical text form `v1.<kekId>.<dekVersion>.<nonce>.<ciphertext>.<tag>`.
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { SealBrokenError } from '../../ports/key-vault.ts'
import type { SealContext } from '../../ports/key-vault.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const FORMAT = /^v1\.([0-9a-f]{8})\.([1-9][0-9]{0,8})\.([\w-]+)\.([\w-]*)\.([\w-]+)$/

export interface EnvelopeHead {
  /** Names the key that the data key is wrapped by. */
  readonly kekId: string
  readonly dekVersion: number
}

export interface Envelope extends EnvelopeHead {
  readonly nonce: Buffer
  readonly ciphertext: Buffer
  readonly tag: Buffer
}

/** @param nonce 12 bytes, never used before with this key */
export function sealEnvelope(key: Buffer, nonce: Buffer, plain: string, head: EnvelopeHead, context: SealContext): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(renderContext(head, context))
  const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  return ['v1', head.kekId, String(head.dekVersion), ...[nonce, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.')
}

/** @throws SealBrokenError */
export function openEnvelope(key: Buffer, envelope: Envelope, context: SealContext): string {
  try {
    // Without authTagLength Node takes tags down to 4 bytes.
    const decipher = createDecipheriv('aes-256-gcm', key, envelope.nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(renderContext(envelope, context))
    decipher.setAuthTag(envelope.tag)
    return Buffer.concat([decipher.update(envelope.ciphertext), decipher.final()]).toString('utf8')
  } catch {
    throw new SealBrokenError(`The sealed ${context.column} of ${context.id} was changed, moved, or sealed with another key`)
  }
}

/** @throws SealBrokenError for anything but the one canonical spelling: base64 has several for the same bytes. */
export function parseEnvelope(text: string): Envelope {
  const match = FORMAT.exec(text)
  if (match === null) throw new SealBrokenError('The sealed value is not an envelope of this gateway')
  const [, kekId = '', version = '', nonceText = '', ciphertextText = '', tagText = ''] = match
  const nonce = decode(nonceText)
  const tag = decode(tagText)
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) throw new SealBrokenError('The sealed value was cut')
  return { kekId, dekVersion: Number(version), nonce, ciphertext: decode(ciphertextText), tag }
}

function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new SealBrokenError('The sealed value is not spelt canonically')
  return bytes
}

function renderContext(head: EnvelopeHead, context: SealContext): Buffer {
  const parts = [context.table, context.column, context.tenant, context.id]
  // A separator inside a part would let two places have the same name.
  if (parts.some((part) => part === '' || part.includes('|'))) throw new RangeError('A seal context has neither empty parts nor "|"')
  return Buffer.from(['v1', ...parts, String(head.dekVersion)].join('|'), 'utf8')
}
