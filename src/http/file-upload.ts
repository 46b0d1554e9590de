// Takes an uploaded file in from the fields of a form, in whatever order they come.
import type { IncomingMessage } from 'node:http'
import type { ClientFile } from '../domain/batch.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { ClientFiles, FileUpload } from '../services/client-files.ts'
import { findBoundary, type FormPart, readForm } from './multipart.ts'

const FIELD_BYTES_MAX = 1024
const FIELDS_MAX = 20
const KEPT_S_MIN = 3_600
/** Beside the file: boundaries and the other fields. */
const FORM_BYTES_MAX = 64 * 1024

/** @throws GatewayError */
export async function receiveFile(request: IncomingMessage, owner: string, files: ClientFiles): Promise<ClientFile> {
  const boundary = findBoundary(request.headers['content-type'])
  const announced = Number(request.headers['content-length'] ?? NaN)
  if (announced > limits.fileBytesMax + FORM_BYTES_MAX) {
    throw new GatewayError('request_too_large', `The file is larger than the ${limits.fileBytesMax / 1024 / 1024} MiB that a file may have. Send it in parts.`)
  }
  const fields = new Map<string, string>()
  // What is left unread of a refused upload is seen to by whoever answers.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  let upload: FileUpload | undefined
  let filename: string | undefined
  try {
    for await (const part of readForm(chunks, boundary)) {
      if (part.name !== 'file') await keepField(fields, part)
      else if (upload !== undefined) throw new GatewayError('validation_failed', 'Send one file at a time.')
      else {
        filename = part.filename ?? 'upload.jsonl'
        upload = await files.begin(owner, Number.isNaN(announced) ? limits.fileBytesMax : announced)
        for await (const chunk of part.body) await upload.write(chunk)
      }
    }
    if (upload === undefined || filename === undefined) throw new GatewayError('validation_failed', 'The form has no field "file".')
    return await upload.finish({ filename, keptMs: readDetails(fields) })
  } catch (error) {
    // The client may be gone: what it left is removed all the same.
    await upload?.abandon().catch(() => undefined)
    await chunks.return?.()
    throw error
  }
}

async function keepField(fields: Map<string, string>, { name, body }: FormPart): Promise<void> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > FIELD_BYTES_MAX) throw new GatewayError('validation_failed', 'A field of the form is too long.')
    chunks.push(chunk)
  }
  if (fields.size >= FIELDS_MAX) throw new GatewayError('validation_failed', 'The form has too many fields.')
  fields.set(name, Buffer.concat(chunks).toString('utf8'))
}

/** @returns ms that the file is to be kept; undefined = as long as usual */
function readDetails(fields: ReadonlyMap<string, string>): number | undefined {
  const purpose = fields.get('purpose')
  if (purpose !== 'batch') {
    const advice = 'Here files are for batches: purpose "batch". For files of a vendor call it by its name: /llm/<upstream>/v1/files.'
    throw new GatewayError('validation_failed', advice, { errors: [{ path: '/purpose', message: 'must be "batch"' }] })
  }
  const seconds = fields.get('expires_after[seconds]')
  if (seconds === undefined) return undefined
  const keptMs = Number(seconds) * 1000
  if (!(keptMs >= KEPT_S_MIN * 1000) || keptMs > limits.fileKeptMs) {
    throw new GatewayError('validation_failed', `expires_after[seconds] must be from ${KEPT_S_MIN} to ${limits.fileKeptMs / 1000}.`)
  }
  return Math.floor(keptMs)
}
