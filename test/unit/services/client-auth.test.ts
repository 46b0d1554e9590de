import { describe, expect, test } from '@jest/globals'
import type { GatewayError } from '../../../src/errors.ts'
import { ClientAuth } from '../../../src/services/client-auth.ts'
import type { LiveClientKey, Snapshot } from '../../../src/services/snapshot.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { aClientKey, anAccount } from '../../support/rows.ts'

function create(...keys: LiveClientKey[]) {
  const clock = new FakeClock()
  let digests = 0
  const digester = {
    clientKeyDigest: (raw: string) => {
      digests++
      return `d:${raw}`
    },
    fingerprint: () => '',
    upstreamKeyDigest: () => '',
    auditDigest: () => '',
  }
  const clientKeys = new Map(
    keys.flatMap((key) => [[key.digest, key], ...(key.previousDigest === undefined ? [] : [[key.previousDigest, key] as const])] as [string, LiveClientKey][]),
  )
  const snapshot: Snapshot = { version: 1, upstreams: new Map(), clientKeys }
  const auth = new ClientAuth({ digester, clock })
  return {
    clock,
    auth,
    snapshot,
    digests: () => digests,
    refusal: (credential: string, isPrivate = true): GatewayError => {
      try {
        auth.authenticate(snapshot, credential, () => isPrivate)
      } catch (error) {
        return error as GatewayError
      }
      throw new Error('It was let in')
    },
  }
}

describe('who may come in', () => {
  test('a known key; an unknown, revoked or expired one is told apart', () => {
    const nowMs = new FakeClock().nowMs()
    const good = aClientKey({ digest: 'd:good' })
    const { auth, snapshot, refusal, clock } = create(
      good,
      aClientKey({ digest: 'd:revoked', name: 'laptop', revokedAtMs: 1 }),
      aClientKey({ digest: 'd:ends', name: 'short', expiresAtMs: nowMs + 1_000 }),
    )
    expect(auth.authenticate(snapshot, 'good', () => true)).toBe(good)
    expect(refusal('other').code).toBe('invalid_client_key')
    expect(refusal('revoked')).toMatchObject({ code: 'client_key_revoked', message: expect.stringContaining("'laptop'") })
    expect(auth.authenticate(snapshot, 'ends', () => true)).toBeDefined()
    clock.advance(1_000)
    expect(refusal('ends').code).toBe('client_key_expired')
  })

  test('the key of an account that is disabled, or that is not there, is refused; revoked is said first', () => {
    const closed = anAccount({ enabled: false })
    const { auth, snapshot, refusal } = create(
      { ...aClientKey({ digest: 'd:open', accountId: 'acc_1' }), account: anAccount() },
      { ...aClientKey({ digest: 'd:closed', name: 'laptop' }), account: closed },
      { ...aClientKey({ digest: 'd:gone' }), account: 'gone' },
      { ...aClientKey({ digest: 'd:both', revokedAtMs: 1 }), account: closed },
    )
    expect(auth.authenticate(snapshot, 'open', () => true).account).toBeDefined()
    expect(refusal('closed')).toMatchObject({ code: 'account_disabled', status: 401, message: expect.stringContaining("'laptop'") })
    expect(refusal('gone').code).toBe('account_disabled')
    expect(refusal('both').code).toBe('client_key_revoked')
  })

  test('a rolled key: the old one works until its overlap ends, the new one goes on', () => {
    const nowMs = new FakeClock().nowMs()
    const rolled = aClientKey({ digest: 'd:new', previousDigest: 'd:old', previousUntilMs: nowMs + 60_000 })
    const { auth, snapshot, refusal, clock } = create(rolled)
    expect(auth.authenticate(snapshot, 'old', () => true)).toBe(rolled)
    clock.advance(60_000)
    expect(refusal('old').code).toBe('client_key_revoked')
    expect(auth.authenticate(snapshot, 'new', () => true)).toBe(rolled)
  })

  test('the demo key is nobody’s from a public address', () => {
    const { auth, snapshot, refusal } = create(aClientKey({ digest: 'd:demo', source: 'demo' }))
    expect(refusal('demo', false).code).toBe('invalid_client_key')
    expect(auth.authenticate(snapshot, 'demo', () => true)).toBeDefined()
    expect(refusal('demo', false).message).toContain('DEMO_MODE')
  })
})

describe('the message', () => {
  test('shows nothing of a short credential and at most four characters of a long one', () => {
    const { refusal } = create()
    expect(refusal('hunter2-hunter2').message).not.toContain('hunter')
    const long = 'sk-akr-AAAABBBBCCCCDDDDEEEEFFFFGGGG'
    expect(refusal(long).message).toContain('…GGGG')
    expect(refusal(long).message).not.toContain('FFFF')
  })
})

describe('remembered digests', () => {
  test('are computed once per credential, bounded, and never for a long one', () => {
    const { refusal, digests } = create()
    refusal('again')
    refusal('again')
    expect(digests()).toBe(1)
    for (let i = 0; i < 10_001; i++) refusal(`other-${i}`)
    const before = digests()
    refusal('again')
    expect(digests()).toBe(before + 1)
    const long = 'x'.repeat(300)
    refusal(long)
    refusal(long)
    expect(digests()).toBe(before + 3)
  })

  test('SEC-20: credentials with the same beginning are different', () => {
    const common = 'sk-akr-'.padEnd(40, 'A')
    const key = aClientKey({ digest: `d:${common}1` })
    const { auth, snapshot, refusal } = create(key)
    expect(auth.authenticate(snapshot, `${common}1`, () => true)).toBe(key)
    expect(refusal(`${common}2`).code).toBe('invalid_client_key')
    expect(auth.findClientKey(snapshot, common)).toBeUndefined()
  })
})
