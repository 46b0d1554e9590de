// Cryptography that services need, without saying how it is done.
import type { Secret } from '../domain/secret.ts'

/** Binds a ciphertext to its place: moved to another row, column or tenant it cannot be opened. */
export interface SealContext {
  readonly table: string
  readonly column: string
  readonly tenant: string
  readonly id: string
}

export interface KeyVault {
  /** AES-256-GCM envelope `v1.<kekId>.<dekVersion>.<nonce>.<ciphertext>.<tag>`, base64url parts. A fresh nonce each time. */
  seal(plain: Secret, context: SealContext): string
  /** @throws SealBrokenError when anything about the envelope, the context or the key is wrong. There is no fallback. */
  open(envelope: string, context: SealContext): Secret
}

export class SealBrokenError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SealBrokenError'
  }
}

/** Keyed digests (HMAC-SHA-256 with the pepper). */
export interface Digester {
  /** Lower-case hex digest of a client key. Deterministic. */
  clientKeyDigest(raw: string): string
  /** First 12 hex digits of the digest of an upstream key, for recognition and dedupe lists shown to people. */
  fingerprint(value: Secret): string
  /** Full hex digest of an upstream key, for exact dedupe. */
  upstreamKeyDigest(value: Secret): string
  /** Hex digest of an entry of the record of changes; of another kind than those of keys, whatever the text. */
  auditDigest(text: string): string
}

/** argon2id, at most limits.passwordHashesParallel at a time. */
export interface PasswordHasher {
  hash(password: Secret): Promise<string>
  verify(password: Secret, hash: string): Promise<boolean>
}

export interface TokenClaims {
  readonly userId: string
  readonly tokenVersion: number
  /** Epoch ms of the sign-in that the session began with. */
  readonly signedInAtMs: number
}

export interface VerifiedClaims extends TokenClaims {
  /** Epoch ms; the token is taken for a few seconds longer, for clocks that disagree. */
  readonly expiresAtMs: number
}

/** Signed access tokens: HS256 only, `typ: at+jwt`, iss, aud, exp pinned. */
export interface TokenSigner {
  sign(claims: TokenClaims): Promise<{ token: string; expiresAtMs: number }>
  /** undefined for anything that is not a valid, unexpired token of ours. Never throws. */
  verify(token: string): Promise<VerifiedClaims | undefined>
}
