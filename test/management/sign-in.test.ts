// SEC-10 through HTTP: forged, old and revoked tokens. And what keeps passwords from being tried.
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { limits } from '../../src/limits.ts'
import { JWT_SECRET, PASSWORD, openManagement } from './fixture.ts'
import type { Management } from './fixture.ts'

let api: Management
beforeEach(async () => {
  api = await openManagement({ trustProxy: ['127.0.0.1/32'] })
})
afterEach(() => api.close())

const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const decode = (part: string): any => JSON.parse(Buffer.from(part, 'base64url').toString())

function sign(header: unknown, payload: unknown, secret: string | Buffer = JWT_SECRET, algorithm = 'sha256'): string {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${createHmac(algorithm, secret).update(text).digest('base64url')}`
}

const statusWith = async (token: string): Promise<number> => (await api.call('GET', '/auth/me', { token })).status

describe('SEC-10', () => {
  test('more than 30 forged tokens answer 401', async () => {
    const good = await api.tokenOf('admin')
    expect(await statusWith(good)).toBe(200)
    const [headerText, payloadText, signature] = good.split('.') as [string, string, string]
    const [header, payload] = [decode(headerText), decode(payloadText)]
    // The signer of this test makes good tokens: what is refused below is refused for its fault.
    expect(await statusWith(sign(header, payload))).toBe(200)
    const without = (name: string): object => Object.fromEntries(Object.entries(payload).filter(([key]) => key !== name))
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const rsText = `${encode({ ...header, alg: 'RS256' })}.${payloadText}`
    const other = await api.services.users.create({ username: 'mallory', password: new Secret(PASSWORD), role: 'viewer' })
    const forged: Record<string, string> = {
      'alg none': `${encode({ ...header, alg: 'none' })}.${payloadText}.`,
      'alg None': `${encode({ ...header, alg: 'None' })}.${payloadText}.`,
      'alg NONE': `${encode({ ...header, alg: 'NONE' })}.${payloadText}.`,
      'alg nOnE with a signature': `${encode({ ...header, alg: 'nOnE' })}.${payloadText}.${signature}`,
      'no alg': sign({ typ: header.typ }, payload),
      HS512: sign({ ...header, alg: 'HS512' }, payload, JWT_SECRET, 'sha512'),
      RS256: `${rsText}.${createSign('sha256').update(rsText).sign(privateKey).toString('base64url')}`,
      'HS256 keyed with a public key': sign(header, payload, publicKey.export({ type: 'spki', format: 'pem' })),
      'key with a leading space': sign(header, payload, ` ${JWT_SECRET}`),
      'empty key': sign(header, payload, ''),
      'old secret': sign(header, payload, 'the-secret-of-last-year-0123456789abcdef'),
      'kid traversal': sign({ ...header, kid: '../../../../dev/null' }, payload, ''),
      'kid injection': sign({ ...header, kid: "x' UNION SELECT 'a" }, payload, 'a'),
      jku: sign({ ...header, jku: 'https://evil.test/jwks.json' }, payload),
      x5u: sign({ ...header, x5u: 'https://evil.test/x.pem' }, payload),
      jwk: sign({ ...header, jwk: { kty: 'oct', k: encode('a') } }, payload, 'a'),
      crit: sign({ ...header, crit: ['exp'] }, payload),
      'typ JWT': sign({ ...header, typ: 'JWT' }, payload),
      'no typ': sign({ alg: header.alg }, payload),
      'wrong iss': sign(header, { ...payload, iss: 'someone' }),
      'wrong aud': sign(header, { ...payload, aud: 'other' }),
      'list of aud': sign(header, { ...payload, aud: [payload.aud, 'other'] }),
      'no exp': sign(header, without('exp')),
      'no iat': sign(header, without('iat')),
      'no sub': sign(header, without('sub')),
      'no tv': sign(header, without('tv')),
      expired: sign(header, { ...payload, iat: payload.iat - 10_000, exp: payload.exp - 10_000 }),
      'far exp': sign(header, { ...payload, exp: payload.exp + 86_400 * 365 }),
      'exp as text': sign(header, { ...payload, exp: String(payload.exp) }),
      'future nbf': sign(header, { ...payload, nbf: payload.iat + 3600 }),
      'future iat': sign(header, { ...payload, iat: payload.iat + 3600, exp: payload.exp + 3600 }),
      'role claimed': sign(header, { ...payload, role: 'admin' }),
      'other user, old signature': `${headerText}.${encode({ ...payload, sub: other.id })}.${signature}`,
      'unknown user': sign(header, { ...payload, sub: 'usr_nobody' }),
      'wrong token version': sign(header, { ...payload, tv: payload.tv + 1 }),
      'truncated signature': good.slice(0, -2),
      truncated: good.slice(0, 40),
      'no signature': `${headerText}.${payloadText}.`,
      'two parts': `${headerText}.${payloadText}`,
      'four parts': `${good}.${signature}`,
      'padded base64': `${headerText}=.${payloadText}.${signature}`,
      'other spelling of the same bytes': good.slice(0, -1) + otherSpelling(good.slice(-1)),
      'duplicate claim': sign(header, `{"sub":"usr_x",${JSON.stringify(payload).slice(1)}`),
      'whitespace in claims': sign(header, JSON.stringify(payload, null, 1)),
      'session older than 12 hours': sign(header, { ...payload, sat: payload.sat - limits.sessionMs - 1 }),
      'one megabyte of bearer': 'a'.repeat(10_000),
      'lower-case base64': good.toLowerCase(),
    }
    const accepted: string[] = []
    for (const [name, token] of Object.entries(forged)) if ((await statusWith(token)) !== 401) accepted.push(name)
    expect(accepted).toEqual([])
    expect(Object.keys(forged).length).toBeGreaterThanOrEqual(30)
  })

  test.each(['Basic', 'bearer-x', 'Token', ''])('the scheme %j carries no token', async (scheme) => {
    const token = await api.tokenOf('admin')
    expect((await api.call('GET', '/auth/me', { headers: { authorization: `${scheme} ${token}` } })).status).toBe(401)
  })

  test('nothing but the Authorization header carries a token', async () => {
    const token = await api.tokenOf('admin')
    expect(
      (
        await api.call('GET', `/auth/me?access_token=${token}&token=${token}`, {
          headers: { cookie: `token=${token}`, 'x-access-token': token, 'x-api-key': token },
        })
      ).status,
    ).toBe(401)
  })

  test('logout, a disabled user, a new password, a changed role and a deleted user count at once', async () => {
    const admin = await api.tokenOf('admin')
    const [first, second] = [await api.tokenOf('operator'), await api.tokenOf('operator')]
    expect((await api.call('POST', '/auth/logout', { token: first })).status).toBe(204)
    expect([await statusWith(first), await statusWith(second)]).toEqual([401, 401])

    const user = (await api.store.users.findByUsername('the-operator'))?.id as string
    for (const change of [{ role: 'viewer' }, { password: 'an0ther-Granite-otter' }, { enabled: false }]) {
      await api.call('PATCH', `/users/${user}`, { token: admin, body: { role: 'operator', password: PASSWORD, enabled: true } })
      const token = await api.tokenOf('operator')
      expect((await api.call('POST', '/upstreams', { token, body: {} })).status).toBe(422)
      await api.call('PATCH', `/users/${user}`, { token: admin, body: change })
      expect((await api.call('POST', '/upstreams', { token, body: {} })).status).toBe(401)
    }
    await api.call('PATCH', `/users/${user}`, { token: admin, body: { password: PASSWORD, enabled: true } })
    const token = await api.tokenOf('operator')
    await api.call('DELETE', `/users/${user}`, { token: admin })
    expect(await statusWith(token)).toBe(401)
  })

  test('refresh gives a new token while the old one is valid, until the session is 12 hours old', async () => {
    let token = await api.tokenOf('viewer')
    const step = limits.accessTokenMs - 60_000
    const steps = Math.floor((limits.sessionMs - 1) / step)
    for (let i = 0; i < steps; i++) {
      api.clock.advance(step)
      const answer = await api.call('POST', '/auth/refresh', { token })
      expect(answer.status).toBe(200)
      expect(answer.json.expires_in).toBeLessThanOrEqual(limits.accessTokenMs / 1000)
      token = answer.json.access_token
    }
    api.clock.advance(limits.sessionMs - steps * step)
    expect((await api.call('POST', '/auth/refresh', { token })).status).toBe(401)
    expect((await api.call('POST', '/auth/refresh')).status).toBe(401)
  })
})

describe('sign-in', () => {
  const login = (username: string, password: string, address = '203.0.113.7'): ReturnType<Management['call']> =>
    api.call('POST', '/login', { body: { username, password }, headers: { 'x-forwarded-for': address } })

  test('answers with a session and never with what is wrong', async () => {
    await api.tokenOf('viewer')
    const good = await login('The-Viewer', PASSWORD)
    expect(good).toMatchObject({ status: 200, json: { token_type: 'Bearer', expires_in: 900, user: { username: 'the-viewer', role: 'viewer' } } })
    const user = (await api.store.users.findByUsername('the-viewer'))?.id as string
    const [wrong, unknown] = [await login('the-viewer', 'wrong'), await login('nobody', 'wrong')]
    await api.services.users.create({ username: 'keeper', password: new Secret(PASSWORD), role: 'admin' })
    await api.services.users.update(user, { enabled: false })
    const disabled = await login('the-viewer', PASSWORD)
    const shown = [wrong, unknown, disabled].map(({ status, json }) => JSON.stringify([status, json.code, json.detail, json.title]))
    expect(new Set(shown).size).toBe(1)
    expect(wrong.status).toBe(401)
  })

  test('an unknown user costs the same work as a known one', async () => {
    await api.tokenOf('viewer')
    for (const username of ['the-viewer', 'nobody', 'the-viewer', 'somebody']) {
      const before = api.passwordChecks()
      expect((await login(username, 'wrong')).status).toBe(401)
      expect(api.passwordChecks() - before).toBe(1)
    }
  })

  test('five failures lock the account for this network for 15 minutes, with the same words for accounts that do not exist', async () => {
    await api.tokenOf('viewer')
    for (let i = 0; i < limits.loginFailuresMax; i++) expect((await login('the-viewer', 'wrong')).status).toBe(401)
    const locked = await login('the-viewer', PASSWORD)
    expect(locked).toMatchObject({ status: 429, json: { code: 'login_locked' } })
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0)
    for (let i = 0; i < limits.loginFailuresMax; i++) expect((await login('nobody', 'wrong')).status).toBe(401)
    expect((await login('nobody', 'wrong')).json.detail).toBe(locked.json.detail)
    // The owner's own network, and other spellings of the attacker's.
    expect((await login('the-viewer', PASSWORD, '198.51.100.4')).status).toBe(200)
    for (const spelling of ['::ffff:203.0.113.7', '::ffff:cb00:7107', '203.0.113.7:4711', '1.2.3.4, 203.0.113.7', '[::ffff:203.0.113.7]:1']) {
      expect([spelling, (await login(' THE-viewer ', PASSWORD, spelling)).status]).toEqual([spelling, 429])
    }
    api.clock.advance(limits.loginLockMs)
    expect((await login('the-viewer', PASSWORD)).status).toBe(200)
  })

  test('tries in parallel do not outrun the lock', async () => {
    await api.tokenOf('viewer')
    const answers = await Promise.all(Array.from({ length: 12 }, () => login('the-viewer', 'wrong')))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(limits.loginFailuresMax)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(12 - limits.loginFailuresMax)
  })

  test('one /64 of IPv6 is one network, and a success forgets the failures', async () => {
    await api.tokenOf('viewer')
    for (let i = 0; i < 4; i++) await login('the-viewer', 'wrong', `2001:db8:1:2::${i}`)
    expect((await login('the-viewer', PASSWORD, '2001:db8:1:2:ffff::1')).status).toBe(200)
    for (let i = 0; i < 5; i++) expect((await login('the-viewer', 'wrong', `2001:db8:1:2:${i}::1`)).status).toBe(401)
    expect((await login('the-viewer', PASSWORD, '2001:db8:1:2:abcd::9')).status).toBe(429)
    expect((await login('the-viewer', PASSWORD, '2001:db8:1:3::9')).status).toBe(200)
  })

  test('a network that tries one account after the other is shut out as a whole', async () => {
    await api.tokenOf('viewer')
    for (let i = 0; i < limits.loginFailuresPerNetworkMax; i++) expect((await login(`user-${i}`, 'wrong')).status).toBe(401)
    expect((await login('the-viewer', PASSWORD)).status).toBe(429)
    expect((await login('the-viewer', PASSWORD, '198.51.100.4')).status).toBe(200)
  })
})

/** base64url has four characters for the same last bits when the length is not a multiple of four. */
function otherSpelling(char: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(char) ^ 1] as string
}
