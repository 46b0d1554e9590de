// Bulk of jobs, which may hold secrets: sealed to its job and place, in pieces that are stored one by one.
import { Secret } from '../domain/secret.ts'
import { limits } from '../limits.ts'
import type { KeyVault, SealContext } from '../ports/key-vault.ts'
import { SEALED_KEY_PLACE } from './key-opener.ts'

/** Characters of a part before it is sealed; sealed text is a third longer, and characters may take four bytes. */
export const PART_CHARS_MAX = Math.floor(limits.jobPartBytesMax / 6)

function place(jobId: string, kind: 'input' | 'result', index: number): SealContext {
  return { table: 'job_parts', column: kind, tenant: SEALED_KEY_PLACE.tenant, id: `${jobId}/${index}` }
}

export function sealParts(vault: KeyVault, jobId: string, parts: readonly string[]): string[] {
  return parts.map((part, index) => vault.seal(new Secret(part), place(jobId, 'input', index)))
}

/** @throws SealBrokenError */
export function openPart(vault: KeyVault, jobId: string, index: number, sealed: string): string {
  return vault.open(sealed, place(jobId, 'input', index)).reveal()
}

export function sealResultPart(vault: KeyVault, jobId: string, index: number, part: string): string {
  return vault.seal(new Secret(part), place(jobId, 'result', index))
}

/** @throws SealBrokenError */
export function openResultPart(vault: KeyVault, jobId: string, index: number, sealed: string): string {
  return vault.open(sealed, place(jobId, 'result', index)).reveal()
}
