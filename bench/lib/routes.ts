// What finding the route of a request costs with few routes and with many: the matcher alone, in this process.
import { compileRoutes } from '../../src/domain/route-matcher.ts'
import type { Route, RouteMatcher, RouteRequest } from '../../src/domain/route.ts'
import { DIRTY_SHARE, foreignShares, markBusy } from './machine.ts'

/** The first is what the others are compared with. */
export const ROUTE_COUNTS = [10, 1_000, 10_000] as const

export interface RouteRun {
  readonly routes: number
  readonly round: number
  /** CPU time of one look-up, ns. */
  readonly findNs: number
  readonly clean: boolean
}

/** As many for every count, so that the requests themselves need the same memory. */
const REQUESTS = 1_024
const FINDS_PER_SLICE = 400 * REQUESTS
const WARM_UP_SLICES = 2

interface Table {
  readonly routes: number
  readonly matcher: RouteMatcher
  readonly requests: readonly RouteRequest[]
}

/**
 * Round by round, each count once.
 * @param programs pids of what else of ours runs
 * @throws when a request is not taken by the route it was made for
 */
export function measureRoutes(rounds: number, roundsMax: number, programs: readonly number[]): RouteRun[] {
  const tables = ROUTE_COUNTS.map(createTable)
  for (let i = 0; i < WARM_UP_SLICES; i++) for (const table of tables) findAll(table)
  const runs: RouteRun[] = []
  let clean = 0
  for (let round = 0; clean < rounds && round < roundsMax; round++) {
    let isClean = true
    for (const table of tables) {
      const before = markBusy(programs)
      const findNs = findAll(table)
      const isSliceClean = foreignShares(before, markBusy(programs)).noise <= DIRTY_SHARE
      runs.push({ routes: table.routes, round, findNs, clean: isSliceClean })
      isClean &&= isSliceClean
    }
    if (isClean) clean++
  }
  return runs
}

function findAll({ matcher, requests }: Table): number {
  let hits = 0
  const before = process.threadCpuUsage()
  for (let i = 0; i < FINDS_PER_SLICE; i++) if (matcher.find(requests[i % REQUESTS] as RouteRequest).hit !== undefined) hits++
  const { user, system } = process.threadCpuUsage(before)
  if (hits !== FINDS_PER_SLICE) throw new Error(`Only ${hits} of ${FINDS_PER_SLICE} requests found their route.`)
  return ((user + system) * 1000) / FINDS_PER_SLICE
}

function createTable(count: number): Table {
  const routes = Array.from({ length: count }, (_, index) => createRoute(index))
  const matcher = compileRoutes(routes) as RouteMatcher
  // A step that shares no factor with the counts: neighbours in time are no neighbours in the table.
  const requests = Array.from({ length: REQUESTS }, (_, i) => createRequest((i * 7_919) % count))
  return { routes: count, matcher, requests }
}

/** Of each four: a plain path, a parameter, a wildcard with a host, and a parameter with a header. */
function createRoute(index: number): Route {
  const service = `/service-${index}`
  const match = [
    { path: `${service}/users`, methods: ['GET'] },
    { path: `${service}/users/:id`, methods: ['GET', 'DELETE'] },
    { path: `${service}/files/*rest`, host: 'api.example.com' },
    { path: `${service}/orders/:id/items`, headers: [{ name: 'x-tenant', equals: 'blue' }] },
  ][index % 4] as Route['match']
  return {
    id: `rte_${index}`,
    name: `route ${index}`,
    enabled: true,
    priority: 0,
    mode: 'enforce',
    match,
    action: { type: 'upstream', upstream: 'example' },
    requiresClientKey: true,
    createdAtMs: index,
    updatedAtMs: index,
  }
}

function createRequest(index: number): RouteRequest {
  const rest = ['users', 'users/4711', 'files/2026/11/report.pdf', 'orders/4711/items'][index % 4] as string
  return {
    method: 'GET',
    path: `/service-${index}/${rest}`,
    host: 'api.example.com',
    headers: ['host', 'api.example.com', 'accept', '*/*', 'x-tenant', 'blue', 'user-agent', 'bench'],
    query: '',
  }
}
