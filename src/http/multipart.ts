// Reads multipart/form-data as it comes: one part after the other, nothing kept but what a boundary may begin in.
import { GatewayError } from '../errors.ts'

export interface FormPart {
  readonly name: string
  readonly filename: string | undefined
  /** Read it to its end before the next part. */
  readonly body: AsyncGenerator<Buffer>
}

const HEADER_BYTES_MAX = 8 * 1024
const BLANK_LINE = Buffer.from('\r\n\r\n')
const BOUNDARY = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"\r\n]{1,70})"|([^\s;,"]{1,70}))(?=\s*(?:;|$))/i

/** @throws GatewayError unsupported_media_type */
export function findBoundary(contentType: string | undefined): string {
  const match = BOUNDARY.exec(contentType ?? '')
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) throw new GatewayError('unsupported_media_type', 'Upload the file as multipart/form-data with the fields "purpose" and "file".')
  return boundary
}

/** @throws GatewayError request_malformed for what is no form, or ends too early */
export async function* readForm(source: AsyncIterator<Buffer>, boundary: string): AsyncGenerator<FormPart> {
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  const input = new FormInput(source)
  for await (const _ of input.until(delimiter));
  while (!(await input.endsHere())) {
    const { name, filename } = parseHeaders(await input.take(BLANK_LINE, HEADER_BYTES_MAX))
    const body = input.until(delimiter)
    yield { name, filename, body }
    for await (const _ of body);
  }
}

class FormInput {
  readonly #chunks: AsyncIterator<Buffer>
  // As if a line had ended before the first boundary.
  #held: Buffer = Buffer.from('\r\n')

  constructor(chunks: AsyncIterator<Buffer>) {
    this.#chunks = chunks
  }

  /** The bytes before the delimiter, which is taken away with them. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(delimiter)
      if (at >= 0) {
        const before = this.#held.subarray(0, at)
        this.#held = this.#held.subarray(at + delimiter.length)
        if (before.length > 0) yield before
        return
      }
      const sure = this.#held.length - delimiter.length + 1
      if (sure > 0) {
        const before = this.#held.subarray(0, sure)
        this.#held = this.#held.subarray(sure)
        yield before
      }
      await this.#fill()
    }
  }

  async take(delimiter: Buffer, bytesMax: number): Promise<string> {
    const taken: Buffer[] = []
    let bytes = 0
    for await (const chunk of this.until(delimiter)) {
      bytes += chunk.length
      if (bytes > bytesMax) throw malformed('a part has too many headers')
      taken.push(chunk)
    }
    return Buffer.concat(taken).toString('utf8')
  }

  /** Whether the boundary just read was the last. */
  async endsHere(): Promise<boolean> {
    while (this.#held.length < 2) await this.#fill()
    return this.#held[0] === 0x2d && this.#held[1] === 0x2d
  }

  async #fill(): Promise<void> {
    const next = await this.#chunks.next()
    if (next.done === true) throw malformed('it ends before its last boundary')
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value])
  }
}

function parseHeaders(text: string): { name: string; filename: string | undefined } {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(text)?.[1]
  const name = disposition === undefined ? undefined : parameter(disposition, 'name')
  if (disposition === undefined || name === undefined) throw malformed('a part has no name')
  return { name, filename: parameter(disposition, 'filename') }
}

function parameter(disposition: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|;)\\s*${name}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(disposition)?.[1]
  return value?.replaceAll(/%22|\\(.)/g, (whole, escaped: string | undefined) => (whole === '%22' ? '"' : (escaped ?? '')))
}

function malformed(what: string): GatewayError {
  return new GatewayError('request_malformed', `The body is not multipart/form-data as it should be: ${what}.`)
}
