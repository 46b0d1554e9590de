// Acceptance row SEC-10, the part of the token itself: forged, edited and odd tokens are refused.
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { createTokenSigner } from '../../src/infrastructure/crypto/token-signer.ts'
import { limits } from '../../src/limits.ts'
import { FakeClock } from '../support/fake-clock.ts'

const JWT_SECRET = 'a jwt secret with more than thirty-two characters'
const OLD_SECRET = 'the secret of last year, long enough for everything'
const NOW_S = Date.UTC(2026, 0, 1) / 1_000
const LIFETIME_S = limits.accessTokenMs / 1_000
const CLAIMS = { userId: 'usr_1', tokenVersion: 3, signedInAtMs: NOW_S * 1_000 - 5_000 }
const HEADER = { alg: 'HS256', typ: 'at+jwt' }
const PAYLOAD = { sub: 'usr_1', tv: 3, sat: CLAIMS.signedInAtMs, iss: 'api-key-rotator', aud: 'api-key-rotator/admin', iat: NOW_S, exp: NOW_S + LIFETIME_S }

const signer = createTokenSigner(new Secret(JWT_SECRET), new FakeClock())
const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const hmac = (text: string, secret: string): string => createHmac('sha256', secret).update(text).digest('base64url')

/** A token signed with the real secret unless told otherwise: what is refused is refused for its content. */
function forge(header: unknown, payload: unknown, secret = JWT_SECRET): string {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${hmac(text, secret)}`
}

const unsigned = (alg: string): string => `${encode({ ...HEADER, alg })}.${encode(PAYLOAD)}.`
const without = (name: keyof typeof PAYLOAD): object => Object.fromEntries(Object.entries(PAYLOAD).filter(([key]) => key !== name))
const genuine = forge(HEADER, PAYLOAD)
const [genuineHeader, genuinePayload, genuineSignature] = genuine.split('.') as [string, string, string]

/** The same bytes in another base64url spelling: the last character of 32 bytes carries two unused bits. */
function respell(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return text.slice(0, -1) + (alphabet[alphabet.indexOf(text.at(-1) as string) + 1] as string)
}

function confused(): string {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const text = `${encode({ ...HEADER, alg: 'RS256' })}.${encode(PAYLOAD)}`
  void publicKey
  return `${text}.${createSign('sha256').update(text).sign(privateKey, 'base64url')}`
}

function publicKeyAsSecret(): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return forge(HEADER, PAYLOAD, publicKey.export({ type: 'spki', format: 'pem' }).toString())
}

const FORGED: readonly [string, string][] = [
  ['alg none', unsigned('none')],
  ['alg None', unsigned('None')],
  ['alg NONE', unsigned('NONE')],
  ['alg nOnE', unsigned('nOnE')],
  ['alg none with a signature', forge({ ...HEADER, alg: 'none' }, PAYLOAD)],
  ['RS256 with a key of the forger', confused()],
  ['HS256 with a public key as the secret', publicKeyAsSecret()],
  ['alg HS512', forge({ ...HEADER, alg: 'HS512' }, PAYLOAD)],
  ['leading space in front of alg', forge({ ...HEADER, alg: ' HS256' }, PAYLOAD)],
  ['leading space in front of the token', ` ${genuine}`],
  ['the empty key', forge(HEADER, PAYLOAD, '')],
  ['a kid that walks to /dev/null', forge({ ...HEADER, kid: '../../../../dev/null' }, PAYLOAD, '')],
  ['kid with the right key', forge({ ...HEADER, kid: '1' }, PAYLOAD)],
  ['jku', forge({ ...HEADER, jku: 'https://evil.example/jwks.json' }, PAYLOAD)],
  ['x5u', forge({ ...HEADER, x5u: 'https://evil.example/cert.pem' }, PAYLOAD)],
  ['jwk', forge({ ...HEADER, jwk: { kty: 'oct', k: encode('evil') } }, PAYLOAD, 'evil')],
  ['wrong iss', forge(HEADER, { ...PAYLOAD, iss: 'evil' })],
  ['wrong aud', forge(HEADER, { ...PAYLOAD, aud: 'api-key-rotator/other' })],
  ['aud in a list', forge(HEADER, { ...PAYLOAD, aud: ['api-key-rotator/admin', 'other'] })],
  ['wrong typ', forge({ ...HEADER, typ: 'JWT' }, PAYLOAD)],
  ['no typ', forge({ alg: 'HS256' }, PAYLOAD)],
  ['no exp', forge(HEADER, without('exp'))],
  ['far exp', forge(HEADER, { ...PAYLOAD, exp: NOW_S + 10 * 365 * 86_400 })],
  ['expired', forge(HEADER, { ...PAYLOAD, iat: NOW_S - 2 * LIFETIME_S, exp: NOW_S - LIFETIME_S })],
  ['future nbf', forge(HEADER, { ...PAYLOAD, nbf: NOW_S + 3_600 })],
  ['issued in the future', forge(HEADER, { ...PAYLOAD, iat: NOW_S + 3_600, exp: NOW_S + 3_600 + LIFETIME_S })],
  ['user edited, signature kept', `${genuineHeader}.${encode({ ...PAYLOAD, sub: 'usr_2' })}.${genuineSignature}`],
  ['role added', forge(HEADER, { ...PAYLOAD, role: 'admin' })],
  ['no sub', forge(HEADER, without('sub'))],
  ['token version as text', forge(HEADER, { ...PAYLOAD, tv: '3' })],
  ['truncated signature', genuine.slice(0, -1)],
  ['no signature', `${genuineHeader}.${genuinePayload}`],
  ['a fourth part', `${genuine}.x`],
  ['non-canonical base64 in the signature', `${genuineHeader}.${genuinePayload}.${respell(genuineSignature)}`],
  ['padding in the signature', `${genuine}=`],
  ['duplicate claims', forge(HEADER, `{"sub":"usr_2",${JSON.stringify(PAYLOAD).slice(1)}`)],
  ['space inside the claims', forge(HEADER, JSON.stringify(PAYLOAD, undefined, 1))],
  ['claims that are no JSON', forge(HEADER, 'sub=usr_1')],
  ['claims that are a list', forge(HEADER, [PAYLOAD])],
  ['1 MiB', forge(HEADER, { ...PAYLOAD, pad: 'x'.repeat(1024 * 1024) })],
  ['signed with an old secret', forge(HEADER, PAYLOAD, OLD_SECRET)],
  ['empty', ''],
]

describe('SEC-10 forged tokens', () => {
  test('the token that the forgeries start from is itself accepted, and is what sign() makes', async () => {
    expect(await signer.verify(genuine)).toEqual({ ...CLAIMS, expiresAtMs: PAYLOAD.exp * 1_000 })
    const { token, expiresAtMs } = await signer.sign(CLAIMS)
    expect(token).toBe(genuine)
    expect(expiresAtMs).toBe(NOW_S * 1_000 + limits.accessTokenMs)
  })

  test.each(FORGED)('%s is refused', async (_name, token) => {
    expect(await signer.verify(token)).toBeUndefined()
  })

  test('there are at least 30 of them', () => {
    expect(FORGED.length).toBeGreaterThanOrEqual(30)
  })
})

test('a token lives for its time and 30 s of leeway, not longer', async () => {
  const clock = new FakeClock()
  const own = createTokenSigner(new Secret(JWT_SECRET), clock)
  const { token } = await own.sign(CLAIMS)
  clock.advance(limits.accessTokenMs + 29_000)
  expect(await own.verify(token)).toMatchObject(CLAIMS)
  clock.advance(2_000)
  expect(await own.verify(token)).toBeUndefined()
})

test('a secret that is too short is refused at start', () => {
  for (const text of ['', 'short', 'x'.repeat(31)]) expect(() => createTokenSigner(new Secret(text), new FakeClock())).toThrow(/JWT_SECRET needs at least 32/)
})
