// Builds the web UI into static files, each that is worth it with its compressed twins, so that serving costs no compression.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'

/** Below this a compressed twin saves less than it costs. */
const BYTES_MIN = 1_024
const TEXT = /\.(?:js|css|html|svg)$/

/**
 * @param out a folder of its own: what is in it is replaced
 * @returns paths of what went into it, relative to root
 */
export async function buildWebUi(root: string, out: string): Promise<readonly string[]> {
  const built = await build({ configFile: join(root, 'ui/vite.config.ts'), logLevel: 'warn', build: { outDir: out } })
  // Only tests want to know which file needs which.
  rmSync(join(out, '.vite'), { recursive: true, force: true })
  for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) if (TEXT.test(name)) compress(join(out, name))
  const chunks = 'output' in built ? built.output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : [])) : []
  return chunks.map((id) => relative(root, id))
}

function compress(path: string): void {
  const bytes = readFileSync(path)
  if (bytes.length < BYTES_MIN) return
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }))
}
