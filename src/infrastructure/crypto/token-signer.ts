// Access tokens: one algorithm, one header, one spelling.
import { jwtVerify, SignJWT } from 'jose'
import { StartupError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { MANAGEMENT_AUDIENCE } from '../../domain/management-token.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Clock } from '../../ports/clock.ts'
import type { TokenSigner, VerifiedClaims } from '../../ports/key-vault.ts'

const ISSUER = 'api-key-rotator'
const AUDIENCE = MANAGEMENT_AUDIENCE
const HEADER = { alg: 'HS256', typ: 'at+jwt' } as const
/** Ours is the only header there is: kid, jku, jwk, crit and other algorithms end here, before anything is parsed. */
const HEADER_TEXT = base64url(JSON.stringify(HEADER))
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]{43}$/
const TOKEN_CHARS_MAX = 2_048
const SECRET_BYTES_MIN = 32
const LEEWAY_S = 30
const LIFETIME_S = limits.accessTokenMs / 1_000

/** @throws StartupError 78 when the secret is shorter than 32 bytes */
export function createTokenSigner(jwtSecret: Secret, clock: Clock): TokenSigner {
  const key = new TextEncoder().encode(jwtSecret.reveal())
  if (key.length < SECRET_BYTES_MIN) {
    throw new StartupError(78, `JWT_SECRET needs at least ${SECRET_BYTES_MIN} characters. Remove it so that one is generated.`)
  }
  return {
    sign: async (claims) => {
      const issuedAt = Math.floor(clock.nowMs() / 1_000)
      const payload = {
        sub: claims.userId,
        tv: claims.tokenVersion,
        sat: claims.signedInAtMs,
        iss: ISSUER,
        aud: AUDIENCE,
        iat: issuedAt,
        exp: issuedAt + LIFETIME_S,
      }
      return { token: await new SignJWT(payload).setProtectedHeader(HEADER).sign(key), expiresAtMs: payload.exp * 1_000 }
    },
    verify: async (token) => {
      if (!isCanonical(token)) return undefined
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [HEADER.alg],
          typ: HEADER.typ,
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['sub', 'iat', 'exp'],
          clockTolerance: LEEWAY_S,
          maxTokenAge: LIFETIME_S,
          currentDate: new Date(clock.nowMs()),
        })
        return parseClaims(payload)
      } catch {
        return undefined
      }
    },
  }
}

/** Only the spelling that `sign` produces: base64url has several for the same bytes, JSON has repeated members. */
function isCanonical(token: string): boolean {
  if (token.length > TOKEN_CHARS_MAX || !SHAPE.test(token)) return false
  const [header, payload = '', signature = ''] = token.split('.')
  if (header !== HEADER_TEXT) return false
  if ([payload, signature].some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part)) return false
  const text = Buffer.from(payload, 'base64url').toString('utf8')
  try {
    return JSON.stringify(JSON.parse(text)) === text
  } catch {
    return false
  }
}

function parseClaims(payload: Record<string, unknown>): VerifiedClaims | undefined {
  const { sub, tv, sat, iat, exp, aud, ...rest } = payload
  if (typeof sub !== 'string' || sub === '' || !Number.isSafeInteger(tv) || !Number.isSafeInteger(sat)) return undefined
  // A list of audiences, other claims or a longer life are valid JWT, but this gateway never signs them.
  if (aud !== AUDIENCE || Object.keys(rest).join() !== 'iss' || Number(exp) - Number(iat) !== LIFETIME_S) return undefined
  return { userId: sub, tokenVersion: tv as number, signedInAtMs: sat as number, expiresAtMs: Number(exp) * 1_000 }
}

function base64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}
