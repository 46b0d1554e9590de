// Keyed digests: recognise a key without keeping it.
import { createHmac } from 'node:crypto'
import { StartupError } from '../../errors.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Digester } from '../../ports/key-vault.ts'

/** @throws StartupError 78 when the pepper is empty: Node would take it, and anybody could compute the digests. */
export function createDigester(pepper: Secret): Digester {
  if (pepper.reveal() === '') throw new StartupError(78, 'The pepper of the key digests is empty. Remove it so that one is generated.')
  const digest = (value: string): string => createHmac('sha256', pepper.reveal()).update(value).digest('hex')
  return {
    clientKeyDigest: digest,
    auditDigest: (text) => digest(`audit:v1:${text}`),
    upstreamKeyDigest: (value) => digest(value.reveal()),
    fingerprint: (value) => digest(value.reveal()).slice(0, 12),
  }
}
