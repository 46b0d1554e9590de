// Limits of several owners in one claim, and of client addresses before anything else.
import { describe, expect, test } from '@jest/globals'
import { networkOf, parseNetwork } from '../../../src/domain/network.ts'
import type { GatewayError } from '../../../src/errors.ts'
import { MemoryLimits } from '../../../src/infrastructure/cache/memory/memory-limits.ts'
import { MetricCounts } from '../../../src/infrastructure/metrics/metric-counts.ts'
import { systemRandom } from '../../../src/infrastructure/system.ts'
import { limits as bounds } from '../../../src/limits.ts'
import { AddressLimit } from '../../../src/services/address-limit.ts'
import { createRouteScope, type LimitScope, LimitScopes } from '../../../src/services/limit-scopes.ts'
import { type LimitPlace, RequestLimiter } from '../../../src/services/request-limits.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { aClientKey, anAccount } from '../../support/rows.ts'

class Desk {
  readonly clock = new FakeClock()
  readonly store = new MemoryLimits({ clock: this.clock })
  readonly metrics = new MetricCounts()
  readonly limiter = new RequestLimiter({
    cache: this.store as never,
    local: this.store,
    clock: this.clock,
    random: systemRandom,
    metrics: this.metrics,
    replicaCount: () => 1,
  })

  address(perSecond: number): AddressLimit {
    const { clock, limiter, metrics } = this
    return new AddressLimit({ limiter, clock, metrics, perSecond })
  }
}

function refusal(claim: () => unknown): GatewayError {
  try {
    claim()
  } catch (error) {
    return error as GatewayError
  }
  throw new Error('it was granted')
}

describe('one claim for all limits', () => {
  test('a request without any limit has no scopes at all', () => {
    expect(new LimitScopes(undefined).of(aClientKey())).toBeUndefined()
    expect(new LimitScopes(undefined).of(undefined)).toBeUndefined()
    expect(new LimitScopes(undefined).of({ ...aClientKey(), account: anAccount() })).toBeUndefined()
  })

  test('client key, account, route and everybody: each counts, or none does', () => {
    const desk = new Desk()
    const account = anAccount({ name: 'lab', limits: { rpm: 3 } })
    const key = { ...aClientKey({ name: 'one', limits: { rpm: 2 } }), account }
    const other = { ...aClientKey({ name: 'two' }), account }
    const route = createRouteScope('rte_1', 'users', { requests: 4, windowMs: 30_000 })
    const scopes = new LimitScopes(5)
    const claim = (of: typeof key | undefined, by?: LimitScope): LimitPlace => desk.limiter.claim(scopes.of(of, by) as LimitScope[]) as LimitPlace
    const first = claim(key, route)
    expect(first.states.map(({ name, max, windowMs, remaining }) => [name, max, windowMs, remaining])).toEqual([
      ['rpm', 2, 60_000, 1],
      ['account_rpm', 3, 60_000, 2],
      ['route', 4, 30_000, 3],
    ])
    claim(key)
    const reached = refusal(() => claim(key, route))
    expect([reached.code, reached.message]).toEqual([
      'client_rate_limited',
      expect.stringContaining("The client key 'one' may send 2 requests in any minute (rpm)"),
    ])
    // The refused one counted nowhere: the account has one left, the route three.
    expect(claim(other, route).states.map(({ remaining }) => remaining)).toEqual([0, 2])
    const ofAccount = refusal(() => claim(other))
    expect([ofAccount.code, ofAccount.message]).toEqual([
      'rate_limited',
      expect.stringContaining("The account 'lab' may send 3 requests in any minute (account_rpm)"),
    ])
    claim(undefined, route)
    claim(undefined, route)
    const ofRoute = refusal(() => claim(undefined, route))
    expect([ofRoute.code, ofRoute.message]).toEqual(['rate_limited', expect.stringContaining("The route 'users' takes 4 requests in any 30 s")])
    // 3 of the account, 2 of the route.
    const ofAll = refusal(() => claim(undefined))
    expect([ofAll.code, ofAll.message, ofAll.details.rateLimits]).toEqual([
      'rate_limited',
      expect.stringContaining('This gateway takes 5 requests in any second'),
      [],
    ])
    expect(Object.fromEntries(desk.metrics.clientRefusals.entries())).toEqual({ rpm: 1, account_rpm: 1, route: 1, global_rps: 1 })
  })

  test('an account’s requests in flight are given back', () => {
    const desk = new Desk()
    const key = { ...aClientKey(), account: anAccount({ limits: { maxInFlight: 1 } }) }
    const scopes = new LimitScopes(undefined).of(key) as LimitScope[]
    const place = desk.limiter.claim(scopes) as LimitPlace
    expect(refusal(() => desk.limiter.claim(scopes)).code).toBe('concurrency_limited')
    place.release()
    expect(desk.limiter.claim(scopes)).toMatchObject({ states: [] })
  })

  test('all of them have names of one slot of a Redis Cluster, addresses each of its own', () => {
    const key = { ...aClientKey({ limits: { rpm: 1, maxInFlight: 1 } }), account: anAccount({ limits: { rps: 1 } }) }
    const scopes = new LimitScopes(1).of(key, createRouteScope('r', 'r', { requests: 1, windowMs: 1 })) as LimitScope[]
    const names = scopes.flatMap(({ windows, slots }) => [...windows.map((window) => window.key), ...(slots === undefined ? [] : [slots.key])])
    expect(names).toHaveLength(5)
    expect(new Set(names).size).toBe(5)
    expect(new Set(names.map((name) => /^\{[^}]+\}/.exec(name)?.[0]))).toEqual(new Set(['{akr:v1:limits}']))
  })
})

describe('addresses', () => {
  test('a refused address is refused from memory until its window opens: the store is not asked', () => {
    const desk = new Desk()
    const limit = desk.address(2)
    void limit.claim('192.0.2.1')
    desk.clock.advance(400)
    void limit.claim('192.0.2.1')
    desk.clock.advance(100)
    expect(refusal(() => limit.claim('192.0.2.1')).details.retryAfterMs).toBe(500)
    desk.store.close()
    desk.clock.advance(300)
    const again = refusal(() => limit.claim('192.0.2.1'))
    expect([again.code, again.details.retryAfterMs]).toEqual(['rate_limited', 200])
    expect(refusal(() => limit.claim('192.0.2.2')).code).toBe('overloaded')
    desk.clock.advance(200)
    expect(refusal(() => limit.claim('192.0.2.1')).code).toBe('overloaded')
    expect([...desk.metrics.clientRefusals.entries()]).toEqual([['address_rps', 2]])
  })

  test('when the window opens, exactly what left it is granted', () => {
    const desk = new Desk()
    const limit = desk.address(2)
    void limit.claim('192.0.2.1')
    desk.clock.advance(400)
    void limit.claim('192.0.2.1')
    refusal(() => limit.claim('192.0.2.1'))
    desk.clock.advance(600)
    void limit.claim('192.0.2.1')
    expect(refusal(() => limit.claim('192.0.2.1')).details.retryAfterMs).toBe(400)
  })

  test(`at most ${bounds.refusedAddressesMax} refused ones are remembered`, () => {
    const desk = new Desk()
    const limit = desk.address(1)
    for (let i = 0; i <= bounds.refusedAddressesMax; i++) {
      const address = `10.${i >>> 16}.${(i >>> 8) & 255}.${i & 255}`
      void limit.claim(address)
      refusal(() => limit.claim(address))
    }
    desk.store.close()
    // The one known for longest is asked about again; the others are still known.
    expect(refusal(() => limit.claim('10.0.0.0')).code).toBe('overloaded')
    expect(refusal(() => limit.claim('10.0.0.1')).code).toBe('rate_limited')
  })

  test('who is gone is not counted', () => {
    expect(new Desk().address(1).claim('')).toBeUndefined()
  })
})

test.each([
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['203.0.113.7', '203.0.113.7/32'],
  [' 2001:DB8::/48 ', '2001:db8::/48'],
  ['::1', '::1/128'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['10.0.0.0/33', undefined],
  ['10.0.0/8', undefined],
  ['010.0.0.1', undefined],
  ['10.0.0.1/8/8', undefined],
  ['10.0.0.1/', undefined],
  ['::ffff:10.0.0.1', undefined],
  ['::ffff:a00:1/104', undefined],
  ['localhost', undefined],
  ['', undefined],
])('network %j is %j', (text, network) => {
  expect(parseNetwork(text)).toBe(network)
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
  ['2001:db8:0:1::', '2001:db8:0:1::/64'],
])('%s belongs to %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
