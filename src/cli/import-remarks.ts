// What a person must know about pasted keys that were not taken as they are.
import type { KeyImportAdmin } from '../services/key-import-admin.ts'
import type { CliIo } from './cli-io.ts'

const LINES_SHOWN_MAX = 20

export function remarkOnImport(io: CliIo, result: Awaited<ReturnType<KeyImportAdmin['import']>>): void {
  for (const { line, reason } of result.invalidLines.slice(0, LINES_SHOWN_MAX)) io.remark(`line ${line}: ${reason}`)
  const hidden = result.invalid - Math.min(result.invalid, LINES_SHOWN_MAX, result.invalidLines.length)
  if (hidden > 0) io.remark(`and ${hidden} more lines that were not understood`)
  if (result.suspicious > 0) {
    io.remark(`${result.suspicious} do not look like keys of this vendor (lines ${result.suspiciousLines.slice(0, LINES_SHOWN_MAX).join(', ')}).`)
  }
}
