// The rules of routes once more, the slow and obvious way: every route is asked, the best is taken. The matcher is compared with it.
import type { Route, RouteCondition, RouteRequest } from '../../../src/domain/route.ts'

export function findNaively(routes: readonly Route[], request: RouteRequest): { hit: Route | undefined; shadows: Route[] } {
  const fitting = routes.filter((route) => route.enabled && fits(route, request)).sort(before)
  const at = fitting.findIndex((route) => route.mode === 'enforce')
  return { hit: at < 0 ? undefined : fitting[at], shadows: fitting.slice(0, at < 0 ? undefined : at) }
}

function fits({ match }: Route, request: RouteRequest): boolean {
  if (/\/(?:\.|%2e){1,2}(?=\/|$)/i.test(request.path)) return false
  if (!toRegExp(match.path).test(request.path)) return false
  if (match.methods !== undefined && !match.methods.includes(request.method) && !(request.method === 'HEAD' && match.methods.includes('GET'))) return false
  if (match.host !== undefined) {
    const host = (request.host ?? '').toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
    if (match.host.startsWith('*.') ? !(host.endsWith(match.host.slice(1)) && host.length > match.host.length - 1) : host !== match.host) return false
  }
  const lines = pairs(request.headers)
  if (!(match.headers ?? []).every((condition) => holds(condition, lines))) return false
  if (!(match.query ?? []).every((condition) => holds(condition, [...new URLSearchParams(request.query)]))) return false
  if (match.model !== undefined && !globFits(match.model, request.model?.())) return false
  if (match.clientKeyIds !== undefined && !match.clientKeyIds.includes(request.clientKeyId ?? '')) return false
  return match.accountIds === undefined || match.accountIds.includes(request.accountId ?? '')
}

function toRegExp(path: string): RegExp {
  const source = path
    .slice(1)
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.startsWith('*') ? '.*' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
  return new RegExp(`^/${source.join('/')}$`)
}

function before(left: Route, right: Route): number {
  if (left.priority !== right.priority) return right.priority - left.priority
  const [a, b] = [ranks(left), ranks(right)]
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) return (a[i] ?? -1) - (b[i] ?? -1)
  if (left.createdAtMs !== right.createdAtMs) return left.createdAtMs - right.createdAtMs
  return left.id < right.id ? -1 : 1
}

function ranks({ match: { path } }: Route): number[] {
  return path
    .slice(1)
    .split('/')
    .map((segment) => (segment.startsWith('*') ? 2 : segment.startsWith(':') ? 1 : 0))
}

function holds({ name, equals, pattern, present }: RouteCondition, lines: readonly (readonly string[])[]): boolean {
  const values = lines.filter(([each]) => each === name).map(([, value = '']) => value)
  if (present !== undefined) return present === values.length > 0
  return values.some((value) => (equals !== undefined ? value === equals : globFits(pattern as string, value)))
}

function globFits(pattern: string, text: string | undefined): boolean {
  const source = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return text !== undefined && new RegExp(`^${source.join('[^]*')}$`).test(text)
}

function pairs(flat: readonly string[]): string[][] {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] as string]] : []))
}
