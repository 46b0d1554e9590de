// What the action of a route and its edits must keep to.
import { limits } from '../limits.ts'
import { findHeaderEditFault, isHeaderValue } from './route-headers.ts'
import { parameterNames, parseRoutePath } from './route-path.ts'
import type { PathSegment } from './route-path.ts'
import { ROUTE_ACTIONS } from './route.ts'
import type { HeaderEdit, Route } from './route.ts'
import { SLUG_PATTERN } from './upstream.ts'

type Say = (path: string, message: string) => void
type Fields = Pick<Route, 'action' | 'rewrite' | 'requiresClientKey'>

const REDIRECTS = [301, 302, 303, 307, 308]
/** A path of this host, or a full URL; no space, control or backslash that browsers would read differently. */
const LOCATION = /^(?:\/(?![/\\])|https?:\/\/[^/\\?#])[\x21-\x5b\x5d-\x7e]*$/
const PRINTABLE_LINE = /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$/

/** Unknown upstreams and forbidden target addresses are found by the service, which knows both. */
export function checkAction({ action, requiresClientKey }: Fields, say: Say): void {
  switch (action.type) {
    case 'upstream':
      if (!SLUG_PATTERN.test(action.upstream)) say('/action/upstream', 'must be the slug of an upstream')
      if (!requiresClientKey) say('/requires_client_key', 'must be true for a route to an upstream, because its keys are behind it')
      return
    case 'forward':
      if (action.targets.length < 1 || action.targets.length > limits.routeTargetsMax)
        say('/action/targets', `must have 1 to ${limits.routeTargetsMax} entries`)
      for (const [index, { weight }] of action.targets.entries()) {
        if (!isWhole(weight, 1, 1_000)) say(`/action/targets/${index}/weight`, 'must be a whole number from 1 to 1000')
      }
      return
    case 'deny':
      if (!isWhole(action.status, 400, 599)) say('/action/status', 'must be a status from 400 to 599')
      if (action.message === '' || action.message.length > 1_000 || !PRINTABLE_LINE.test(action.message)) {
        say('/action/message', 'must be 1 to 1000 printable characters')
      }
      return
    case 'redirect':
      if (!REDIRECTS.includes(action.status)) say('/action/status', `must be one of ${REDIRECTS.join(', ')}`)
      if (action.location.length > 2_048 || !LOCATION.test(action.location))
        say('/action/location', 'must be a path that starts with "/", or a full http(s) URL')
      return
    case 'mock':
      if (!isWhole(action.status, 200, 599)) say('/action/status', 'must be a status from 200 to 599')
      if ([204, 205, 304].includes(action.status) && action.body !== '') say('/action/body', `must be empty for the status ${action.status}`)
      if (action.body.length > limits.routeAnswerCharsMax) say('/action/body', `must have at most ${limits.routeAnswerCharsMax} characters`)
      checkAnswerHeaders(action.headers, say)
      return
    default:
      say('/action/type', `must be one of ${ROUTE_ACTIONS.join(', ')}`)
  }
}

function checkAnswerHeaders(headers: Readonly<Record<string, string>>, say: Say): void {
  const entries = Object.entries(headers)
  if (entries.length > limits.routeConditionsMax) say('/action/headers', `must have at most ${limits.routeConditionsMax} entries`)
  else for (const [name, value] of entries) checkHeader(`/action/headers/${name.slice(0, 64)}`, name, value, 'response', say)
}

export function checkRewrite({ action, rewrite }: Fields, segments: readonly PathSegment[] | undefined, say: Say): void {
  if (rewrite === undefined) return
  const isSent = action.type === 'upstream' || action.type === 'forward'
  if (!isSent && (rewrite.path ?? rewrite.model ?? rewrite.requestHeaders) !== undefined) {
    say('/rewrite', `a route that answers by itself (${action.type}) sends no request that could be rewritten`)
  }
  if (rewrite.path !== undefined) checkRewrittenPath(rewrite.path, segments, say)
  checkEdits('/rewrite/request_headers', rewrite.requestHeaders, 'request', say)
  checkEdits('/rewrite/response_headers', rewrite.responseHeaders, 'response', say)
  const { model } = rewrite
  if (model !== undefined && (model === '' || model.length > limits.routePatternCharsMax || !PRINTABLE_LINE.test(model))) {
    say('/rewrite/model', `must be 1 to ${limits.routePatternCharsMax} printable characters`)
  }
}

function checkRewrittenPath(path: string, segments: readonly PathSegment[] | undefined, say: Say): void {
  const parsed = parseRoutePath(path)
  if ('fault' in parsed) {
    say('/rewrite/path', `character ${parsed.fault.position + 1}: ${parsed.fault.message}`)
    return
  }
  if (segments === undefined) return
  const known = parameterNames(segments)
  let position = 1
  for (const segment of parsed.segments) {
    if (segment.kind === 'literal') {
      position += segment.text.length + 1
      continue
    }
    if (!known.includes(segment.name)) {
      const has = known.length === 0 ? 'which has none' : `which has ${known.join(', ')}`
      say('/rewrite/path', `character ${position + 1}: "${segment.name}" is not a parameter of match.path, ${has}`)
      return
    }
    position += segment.name.length + 2
  }
}

function checkEdits(path: string, edits: readonly HeaderEdit[] | undefined, side: 'request' | 'response', say: Say): void {
  if (edits === undefined) return
  if (edits.length > limits.routeConditionsMax) {
    say(path, `must have at most ${limits.routeConditionsMax} entries`)
    return
  }
  for (const [index, { op, name, value }] of edits.entries()) {
    const at = `${path}/${index}`
    if (op !== 'set' && op !== 'add' && op !== 'remove') say(`${at}/op`, 'must be one of set, add, remove')
    if (op === 'remove' && value !== undefined) say(`${at}/value`, 'must be left out for remove')
    if (op !== 'remove' && value === undefined) say(`${at}/value`, `is required for ${op}`)
    checkHeader(at, name, value ?? '', side, say)
  }
}

function checkHeader(at: string, name: string, value: string, side: 'request' | 'response', say: Say): void {
  const fault = findHeaderEditFault(name, side)
  if (fault !== undefined) say(at, fault)
  if (value.length > limits.routeValueCharsMax || !isHeaderValue(value)) {
    say(at, `its value must be at most ${limits.routeValueCharsMax} visible ASCII characters, without spaces at its ends`)
  }
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}
