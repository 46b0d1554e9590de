// Owns unique secrets for tests and the scanner that finds them wherever they leak, in any common spelling.
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** 40 characters that exist nowhere else; `prefix` counts towards them. */
export function createCanary(prefix = 'cnry'): string {
  let value = prefix
  for (const byte of randomBytes(40)) if (value.length < 40) value += ALPHABET[byte % ALPHABET.length]
  return value
}

export interface Leak {
  readonly canary: string
  readonly form: string
  readonly where: string
  readonly offset: number
}

export interface CanaryForm {
  readonly form: string
  readonly bytes: Buffer
}

/** Every spelling that counts as a leak. Base64 is matched at all three alignments. */
export function canaryForms(canary: string, options: { readonly edges?: boolean } = {}): CanaryForm[] {
  const plain = Buffer.from(canary)
  const forms: CanaryForm[] = [
    { form: 'plain', bytes: plain },
    { form: 'hex', bytes: Buffer.from(plain.toString('hex')) },
    { form: 'hex upper', bytes: Buffer.from(plain.toString('hex').toUpperCase()) },
    { form: 'utf16', bytes: Buffer.from(canary, 'utf16le') },
    { form: 'json', bytes: Buffer.from([...canary].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')) },
    { form: 'percent', bytes: Buffer.from([...plain].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')) },
  ]
  const encoded = encodeURIComponent(canary)
  if (encoded !== canary) forms.push({ form: 'url', bytes: Buffer.from(encoded) })
  for (const shift of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(shift), plain])
      .toString('base64')
      .replace(/=+$/, '')
    const body = text.slice(shift === 0 ? 0 : shift + 1, text.length - (text.length % 4 === 0 ? 0 : 1))
    forms.push(
      { form: `base64+${shift}`, bytes: Buffer.from(body) },
      { form: `base64url+${shift}`, bytes: Buffer.from(body.replaceAll('+', '-').replaceAll('/', '_')) },
    )
  }
  if (options.edges !== false) forms.push({ form: 'first 12', bytes: plain.subarray(0, 12) }, { form: 'last 12', bytes: plain.subarray(-12) })
  return forms
}

export class CanaryScanner {
  readonly #forms: (CanaryForm & { readonly canary: string })[] = []

  /** Watches for a value; returns it. */
  add(canary: string, options: { readonly edges?: boolean } = {}): string {
    for (const form of canaryForms(canary, options)) this.#forms.push({ ...form, canary })
    return canary
  }

  create(prefix?: string): string {
    return this.add(createCanary(prefix))
  }

  scan(content: Buffer | string, where: string): Leak[] {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
    const leaks: Leak[] = []
    for (const { canary, form, bytes: needle } of this.#forms) {
      const offset = bytes.indexOf(needle)
      if (offset >= 0) leaks.push({ canary, form, where, offset })
    }
    return leaks
  }

  /** Every file below a folder, or one file. */
  scanFiles(path: string): Leak[] {
    if (!statSync(path).isDirectory()) return this.scan(readFileSync(path), path)
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap((entry) => this.scan(readFileSync(join(entry.parentPath, entry.name)), join(entry.parentPath, entry.name)))
  }
}
