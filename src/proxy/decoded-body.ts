// Reads an error answer that the vendor compressed: its code decides about the key, and its text may repeat the key.
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { limits } from '../limits.ts'

const DECODERS: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}

/**
 * The body as plain bytes; undefined when it cannot be read: unknown or several encodings, incomplete, or larger than
 * limits.decodedErrorBytesMax when unpacked.
 * @param body at most limits.classifyBytesMax, so that unpacking it here costs less than a millisecond
 */
export function decodeBody(body: Buffer, encoding: string | string[] | undefined): Buffer | undefined {
  if (encoding === undefined || encoding === 'identity') return body
  const decode = typeof encoding === 'string' ? DECODERS[encoding.trim().toLowerCase()] : undefined
  try {
    return decode?.(body, { maxOutputLength: limits.decodedErrorBytesMax })
  } catch {
    return undefined
  }
}
