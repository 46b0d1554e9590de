// A route as a form holds it: everything is text until it is saved.
import type { HeaderEdit, Route, RouteAction, RouteBody, RouteCondition } from '../api/types.ts'

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
export const ACTIONS = ['forward', 'upstream', 'deny', 'redirect', 'mock'] as const satisfies readonly RouteAction['type'][]
export const TESTS = ['equals', 'pattern', 'present', 'absent'] as const
export const OPERATIONS = ['set', 'add', 'remove'] as const satisfies readonly HeaderEdit['op'][]

/** A condition or a change of a header. */
export interface RowDraft<Choice extends string = string> {
  choice: Choice
  name: string
  value: string
}
type ConditionDraft = RowDraft<(typeof TESTS)[number]>
type EditDraft = RowDraft<HeaderEdit['op']>

export interface RouteDraft {
  name: string
  enabled: boolean
  priority: string
  mode: Route['mode']
  path: string
  methods: string[]
  host: string
  model: string
  headers: ConditionDraft[]
  query: ConditionDraft[]
  type: RouteAction['type']
  upstream: string
  targets: { url: string; weight: string }[]
  status: Record<'deny' | 'redirect' | 'mock', string>
  message: string
  location: string
  body: string
  requiresClientKey: boolean
  rateLimit: string
  windowSeconds: string
  timeout: string
  rewritePath: string
  rewriteModel: string
  requestHeaders: EditDraft[]
  responseHeaders: EditDraft[]
}

const text = (value: string | number | null | undefined): string => (value === null || value === undefined ? '' : String(value))
const conditionDraft = ({ name, equals, pattern, present }: RouteCondition): ConditionDraft => {
  if (equals !== undefined) return { choice: 'equals', name, value: equals }
  if (pattern !== undefined) return { choice: 'pattern', name, value: pattern }
  return { choice: present === false ? 'absent' : 'present', name, value: '' }
}
const editDraft = ({ op, name, value }: HeaderEdit): EditDraft => ({ choice: op, name, value: value ?? '' })

/** @param route undefined for a new one */
export function draftOf(route?: Route): RouteDraft {
  const action = route?.action as RouteAction | undefined
  const status = { deny: '403', redirect: '302', mock: '200' }
  if (action !== undefined && action.type in status) status[action.type as 'deny'] = text((action as { status?: number }).status)
  return {
    name: text(route?.name),
    enabled: route?.enabled ?? true,
    priority: text(route?.priority ?? 0),
    mode: route?.mode ?? 'enforce',
    path: text(route?.match.path),
    methods: [...(route?.match.methods ?? [])],
    host: text(route?.match.host),
    model: text(route?.match.model),
    headers: (route?.match.headers ?? []).map(conditionDraft),
    query: (route?.match.query ?? []).map(conditionDraft),
    type: action?.type ?? 'forward',
    upstream: action?.type === 'upstream' ? action.upstream : '',
    targets: action?.type === 'forward' ? action.targets.map(({ url, weight }) => ({ url, weight: text(weight) })) : [{ url: '', weight: '1' }],
    status,
    message: action?.type === 'deny' ? action.message : '',
    location: action?.type === 'redirect' ? action.location : '',
    body: action?.type === 'mock' ? text(action.body) : '',
    requiresClientKey: route?.requires_client_key ?? false,
    rateLimit: text(route?.rate_limit),
    windowSeconds: text(route?.rate_limit_window_seconds ?? 60),
    timeout: text(route?.timeout),
    rewritePath: text(route?.rewrite?.path),
    rewriteModel: text(route?.rewrite?.model),
    requestHeaders: (route?.rewrite?.request_headers ?? []).map(editDraft),
    responseHeaders: (route?.rewrite?.response_headers ?? []).map(editDraft),
  }
}

/** What is no number goes as it was typed, so that the API tells of it at its field. */
function number(typed: string): number {
  return (typed.trim() === '' || Number.isNaN(Number(typed)) ? typed : Number(typed)) as number
}

function condition({ choice, name, value }: ConditionDraft): RouteCondition {
  return choice === 'equals' || choice === 'pattern' ? { name, [choice]: value } : { name, present: choice === 'present' }
}

const edit = ({ choice: op, name, value }: EditDraft): HeaderEdit => (op === 'remove' ? { op, name } : { op, name, value })
const unlessEmpty = (typed: string): string | null => (typed === '' ? null : typed)

/** @param stored what the form does not show of it is kept */
export function bodyOf(draft: RouteDraft, stored?: Route): RouteBody {
  return {
    ...(draft.name.trim() === '' ? {} : { name: draft.name }),
    enabled: draft.enabled,
    priority: draft.priority.trim() === '' ? 0 : number(draft.priority),
    mode: draft.mode,
    match: {
      path: draft.path,
      methods: draft.methods.length === 0 ? null : METHODS.filter((method) => draft.methods.includes(method)),
      host: unlessEmpty(draft.host),
      headers: draft.headers.map(condition),
      query: draft.query.map(condition),
      model: unlessEmpty(draft.model),
      client_key_ids: stored?.match.client_key_ids ?? null,
      account_ids: stored?.match.account_ids ?? null,
    },
    action: actionOf(draft, stored),
    rewrite: rewriteOf(draft),
    requires_client_key: draft.type === 'upstream' || draft.requiresClientKey,
    rate_limit: draft.rateLimit.trim() === '' ? null : number(draft.rateLimit),
    ...(draft.windowSeconds.trim() === '' ? {} : { rate_limit_window_seconds: number(draft.windowSeconds) }),
    timeout: draft.timeout.trim() === '' ? null : number(draft.timeout),
  }
}

function actionOf({ type, upstream, targets, status, message, location, body }: RouteDraft, stored?: Route): RouteAction {
  switch (type) {
    case 'upstream':
      return { type, upstream }
    case 'forward':
      return { type, targets: targets.map(({ url, weight }) => ({ url, weight: number(weight) })) }
    case 'deny':
      return { type, status: number(status.deny), message }
    case 'redirect':
      return { type, status: number(status.redirect), location }
    case 'mock': {
      const before = stored?.action as RouteAction | undefined
      return { type, status: number(status.mock), headers: before?.type === 'mock' ? (before.headers ?? {}) : {}, body }
    }
  }
}

/** Whether a request leaves the gateway, so that it can be rewritten. */
export const isSent = ({ type }: Pick<RouteDraft, 'type'>): boolean => type === 'upstream' || type === 'forward'

function rewriteOf(draft: RouteDraft): RouteBody['rewrite'] {
  const rewrite: NonNullable<RouteBody['rewrite']> = {}
  if (isSent(draft)) {
    if (draft.rewritePath !== '') rewrite.path = draft.rewritePath
    if (draft.rewriteModel !== '') rewrite.model = draft.rewriteModel
    if (draft.requestHeaders.length > 0) rewrite.request_headers = draft.requestHeaders.map(edit)
  }
  if (draft.responseHeaders.length > 0) rewrite.response_headers = draft.responseHeaders.map(edit)
  return Object.keys(rewrite).length === 0 ? null : rewrite
}

/** Those that the form shows, with rows of lists by their number. */
const FIELDS =
  /^\/(?:name|priority|rate_limit_window_seconds|rate_limit|timeout|match\/(?:path|methods|host|model|(?:headers|query)\/\d+)|action\/(?:upstream|targets\/\d+\/(?:url|weight)|status|message|location|body)|rewrite\/(?:path|model|(?:request|response)_headers\/\d+))/

export interface Mistakes {
  readonly at: Readonly<Record<string, string>>
  /** Without a field to stand at. */
  readonly rest: readonly string[]
}

export function sortMistakes(mistakes: readonly { readonly path: string; readonly message: string }[]): Mistakes {
  const at: Record<string, string> = {}
  const rest: string[] = []
  for (const { path, message } of mistakes) {
    const [field] = FIELDS.exec(path) ?? []
    if (field === undefined) rest.push(`${path}: ${message}`)
    else at[field] = at[field] === undefined ? message : `${at[field]}; ${message}`
  }
  return { at, rest }
}

/** First words of what differs, by the names of the API. */
export function differences(one: Route, other: Route): string[] {
  const names = ['name', 'enabled', 'priority', 'mode', 'match', 'action', 'rewrite', 'requires_client_key', 'rate_limit', 'timeout'] as const
  return names.filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]))
}
