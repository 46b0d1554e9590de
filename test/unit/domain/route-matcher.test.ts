// Who takes a request: the table of rules, the same as asking every route, and at the same price however many there are.
import { describe, expect, test } from '@jest/globals'
import { compileRoutes } from '../../../src/domain/route-matcher.ts'
import type { Route, RouteMatcher, RouteRequest } from '../../../src/domain/route.ts'
import { limits } from '../../../src/limits.ts'
import { aRoute } from '../../support/rows.ts'
import { createPseudoRandom } from '../pseudo-random.ts'
import { findNaively } from './naive-routes.ts'
import { ROUTE_CASES, type RouteCase } from './route-cases.ts'

const compiled = (routes: readonly Route[]): RouteMatcher => compileRoutes(routes) as RouteMatcher

function requestOf(request: RouteCase['request']): RouteRequest {
  const [path = '', ...query] = request.target.split('?')
  const { method, host, model, clientKeyId, accountId } = request
  return { method, host, path, query: query.join('?'), headers: request.headers.flat(), model: () => model, clientKeyId, accountId }
}

function ask(changes: Partial<RouteRequest> = {}): RouteRequest {
  return { method: 'GET', host: 'gateway.test', path: '/a', query: '', headers: [], ...changes }
}

describe('the table of rules', () => {
  test('it has its size, and each case a title of its own', () => {
    expect(ROUTE_CASES.length).toBeGreaterThanOrEqual(150)
    expect(new Set(ROUTE_CASES.map(({ title }) => title)).size).toBe(ROUTE_CASES.length)
  })

  test.each(ROUTE_CASES.map((each) => [each.title, each] as const))('%s', (_, { routes, request, expected, params, shadows }) => {
    // In the opposite order too: where a route stands in the list does not count.
    for (const list of [routes, [...routes].reverse()]) {
      const decision = compiled(list).find(requestOf(request))
      expect({ name: decision.hit?.route.name, shadows: decision.shadows.map(({ route }) => route.name) }).toEqual({ name: expected, shadows })
      if (params !== undefined) expect({ ...decision.hit?.params }).toEqual(params)
      expect(findNaively(list, requestOf(request)).hit?.name).toBe(expected)
    }
  })
})

test('the same answer as asking every route, over random routes and requests', () => {
  const random = createPseudoRandom(4)
  const segments = ['a', 'b', 'c', ':p', ':q', 'A', '']
  const aPath = (): string => {
    const count = 1 + random.below(4)
    const parts = Array.from({ length: count }, (_, index) => {
      const segment = random.pick(segments)
      if (segment === '' && index < count - 1) return 'a'
      return segment.startsWith(':') ? `${segment}${index}` : segment
    })
    return `/${[...parts, ...(random.below(4) === 0 ? ['*rest'] : [])].filter((part, index, all) => part !== '' || index === all.length - 1).join('/')}`
  }
  const some = <T>(value: T): T | undefined => (random.below(4) === 0 ? value : undefined)
  let hits = 0
  for (let round = 0; round < 300; round++) {
    const routes = Array.from({ length: 1 + random.below(40) }, () =>
      aRoute({
        enabled: random.below(8) > 0,
        mode: random.below(6) === 0 ? 'shadow' : 'enforce',
        priority: random.below(3),
        createdAtMs: random.below(5),
        match: {
          path: aPath(),
          methods: some([random.pick(['GET', 'POST'])]),
          host: some(random.pick(['one.test', '*.test', '*.one.test'])),
          headers: some([{ name: 'x-a', ...random.pick([{ equals: '1' }, { pattern: '*1*' }, { present: false }]) }]),
          query: some([{ name: 'q', ...random.pick([{ equals: '1' }, { present: true }]) }]),
          model: some(random.pick(['m', 'm*', '*x*'])),
          clientKeyIds: some(['cli_1']),
        },
      }),
    )
    const matcher = compileRoutes(routes)
    for (let i = 0; i < 40; i++) {
      const path = `/${Array.from({ length: 1 + random.below(4) }, () => random.pick(['a', 'b', 'c', 'z', '', 'A', '..'])).join('/')}`
      const request = ask({
        method: random.pick(['GET', 'POST', 'HEAD']),
        host: random.pick(['one.test', 'two.one.test:80', 'ONE.test', 'other']),
        path,
        query: random.pick(['', 'q=1', 'q=2&q=1']),
        headers: random.pick([[], ['x-a', '1'], ['x-a', '0', 'x-a', '21']]),
        model: () => random.pick([undefined, 'm']) ?? 'mx',
        clientKeyId: random.pick([undefined, 'cli_1']),
      })
      const model = request.model?.()
      const settled = { ...request, model: () => model }
      const expected = findNaively(routes, settled)
      const decision = matcher?.find(settled)
      if (decision?.hit !== undefined) hits++
      expect(decision?.hit?.route.id).toBe(expected.hit?.id)
      expect(decision?.shadows.map(({ route }) => route.id) ?? []).toEqual(expected.shadows.slice(0, limits.routeShadowHitsMax).map(({ id }) => id))
    }
  }
  expect(hits).toBeGreaterThan(1_000)
})

describe('the model', () => {
  test('the body is only asked for when a route that could act needs it', () => {
    const matcher = compiled([
      aRoute({ match: { path: '/a', model: 'm', methods: ['POST'] } }),
      aRoute({ priority: 1, match: { path: '/b' } }),
      aRoute({ match: { path: '/b', model: 'm' } }),
    ])
    expect(matcher.find(ask({ method: 'POST' }))).toEqual({ hit: undefined, shadows: [], needsModel: true })
    expect(matcher.find(ask({ method: 'GET' })).needsModel).toBe(false)
    expect(matcher.find(ask({ path: '/b' }))).toMatchObject({ needsModel: false, hit: { route: { priority: 1 } } })
    expect(matcher.find(ask({ method: 'POST', model: () => undefined }))).toEqual({ hit: undefined, shadows: [], needsModel: false })
  })

  test('it is read once per candidate at most, and never when another condition fails', () => {
    let reads = 0
    const model = (): string => (reads++, 'm')
    compiled([aRoute({ match: { path: '/a', model: 'm', methods: ['PUT'] } })]).find(ask({ model }))
    expect(reads).toBe(0)
  })
})

test('no routes, or none enabled: nothing to look up', () => {
  expect(compileRoutes([])).toBeUndefined()
  expect(compileRoutes([aRoute({ enabled: false })])).toBeUndefined()
})

test('a route with a path that cannot be read is told and left out; the others stay', () => {
  const told: string[] = []
  const [broken, good] = [aRoute({ match: { path: '/a/*x/b' } }), aRoute({ match: { path: '/a' } })]
  const matcher = compileRoutes([broken, good], (route, message) => told.push(`${route.id} ${message}`)) as RouteMatcher
  expect(told).toEqual([`${broken.id} match.path, character 3: a wildcard must be the last segment; use ":name" for one segment`])
  expect([matcher.size, matcher.find(ask()).hit?.route]).toEqual([1, good])
})

test('the methods of a path, for 405', () => {
  const matcher = compiled([
    aRoute({ match: { path: '/a', methods: ['GET'] } }),
    aRoute({ match: { path: '/:x', methods: ['POST'] } }),
    aRoute({ match: { path: '/all' } }),
    aRoute({ mode: 'shadow', match: { path: '/a', methods: ['PUT'] } }),
  ])
  expect(matcher.methodsAt('/a', undefined)).toEqual(['GET', 'HEAD', 'POST'])
  expect(matcher.methodsAt('/all', undefined)).toEqual(['*'])
  expect(matcher.methodsAt('/a/b', undefined)).toEqual([])
})

test('the short mount of management is left to routes that write out a path below /api, and to no other', () => {
  const matcher = compiled([
    aRoute({ match: { path: '/api/users', methods: ['GET'] } }),
    aRoute({ match: { path: '/api/orders/:id' } }),
    aRoute({ match: { path: '/*rest' } }),
    aRoute({ match: { path: '/:any/keys' } }),
    aRoute({ mode: 'shadow', match: { path: '/api/status' } }),
    aRoute({ enabled: false, match: { path: '/api/jobs' } }),
    // Nobody may save these; a stored row that has one claims nothing.
    aRoute({ match: { path: '/api/admin/users' } }),
    aRoute({ match: { path: '/api/auth/login' } }),
    aRoute({ match: { path: '/api/routes' } }),
    aRoute({ match: { path: '/api/*rest' } }),
  ])
  expect([matcher.claims('GET', '/api/users'), matcher.claims('HEAD', '/api/users'), matcher.claims('DELETE', '/api/orders/1')]).toEqual([true, true, true])
  for (const path of ['/api/keys', '/api/status', '/api/jobs', '/api/admin/users', '/api/auth/login', '/api/routes', '/api/routes/', '/api/users/1', '/api']) {
    expect([path, matcher.claims('GET', path)]).toEqual([path, false])
  }
  expect(matcher.claims('POST', '/api/users')).toBe(false)
  expect(matcher.claims('GET', '/api/users/../admin')).toBe(false)
})

test('a look-up visits the same few routes however many there are', () => {
  const checked = (count: number): number => {
    let reads = 0
    const routes = Array.from({ length: count }, (_, i) => aRoute({ match: { path: `/svc-${i}/users/:id/*rest`, methods: ['GET'] } }))
    const method = { toString: () => 'GET' }
    const request = {
      ...ask({ path: '/svc-3/users/42/x' }),
      get method() {
        reads++
        return String(method)
      },
    }
    expect(compiled(routes).find(request).hit?.route).toBe(routes[3])
    return reads
  }
  expect([checked(10), checked(1_000), checked(10_000)]).toEqual([1, 1, 1])
})
