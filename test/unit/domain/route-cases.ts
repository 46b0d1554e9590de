// The table of rules: for each set of routes, which of them takes which request. Plain data, so that it can also be run through a socket.
import type { Route } from '../../../src/domain/route.ts'
import { aRoute } from '../../support/rows.ts'

export interface RouteCaseRequest {
  readonly method: string
  readonly host: string
  /** Raw path and query. */
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The `model` of a JSON body. */
  readonly model: string | undefined
  readonly clientKeyId: string | undefined
  readonly accountId: string | undefined
}

export interface RouteCase {
  readonly title: string
  readonly routes: readonly Route[]
  readonly request: RouteCaseRequest
  /** Name of the route; undefined = none. */
  readonly expected: string | undefined
  readonly params: Readonly<Record<string, string>> | undefined
  /** Names of routes in shadow mode that come before it. */
  readonly shadows: readonly string[]
}

type Sketch = Partial<Omit<Route, 'match'>> & Partial<Omit<Route['match'], 'path'>>
type Ask = Partial<Omit<RouteCaseRequest, 'method' | 'target'>>
/** `GET /path`, who takes it, the parameters, and what else the request has. */
type Row = readonly [
  request: string,
  expected: string | undefined,
  params?: Readonly<Record<string, string>> | undefined,
  ask?: Ask & { shadows?: readonly string[] },
]

const MATCH_MEMBERS = ['methods', 'host', 'headers', 'query', 'model', 'clientKeyIds', 'accountIds'] as const

/** A route that answers with its name; sketches say the rest. Routes are as old as their place in the list. */
function routesOf(sketches: Readonly<Record<string, readonly [path: string, sketch?: Sketch]>>): Route[] {
  return Object.entries(sketches).map(([name, [path, sketch = {}]], index) => {
    const match = Object.fromEntries(MATCH_MEMBERS.flatMap((member) => (sketch[member] === undefined ? [] : [[member, sketch[member]]])))
    const rest = Object.fromEntries(Object.entries(sketch).filter(([member]) => !(MATCH_MEMBERS as readonly string[]).includes(member)))
    const action = { type: 'mock', status: 200, headers: {}, body: name } as const
    return aRoute({ name, action, createdAtMs: 1_000 + index, ...rest, match: { ...match, path } })
  })
}

function group(title: string, sketches: Readonly<Record<string, readonly [path: string, sketch?: Sketch]>>, rows: readonly Row[]): RouteCase[] {
  const routes = routesOf(sketches)
  return rows.map(([line, expected, params, { shadows = [], ...ask } = {}]) => {
    const [method = '', target = ''] = line.split(' ')
    const request = { method, target, host: 'gateway.test', headers: [], model: undefined, clientKeyId: undefined, accountId: undefined, ...ask }
    return { title: `${title}: ${line} ${JSON.stringify(ask)}`, routes, request, expected, params, shadows }
  })
}

const header = (...headers: (readonly [string, string])[]): Ask => ({ headers })

const PATHS = [
  ...group('a literal', { a: ['/a'], ab: ['/a/b'], slash: ['/a/'], upper: ['/A'], escaped: ['/caf%C3%A9'] }, [
    ['GET /a', 'a', {}],
    ['GET /a/', 'slash', {}],
    ['GET /a/b', 'ab', {}],
    ['GET /a/b/', undefined],
    ['GET /a/b/c', undefined],
    ['GET /A', 'upper', {}],
    ['GET /A/b', undefined],
    ['GET /%61', undefined],
    ['GET /a%2Fb', undefined],
    ['GET /a%2fb', undefined],
    ['GET //a', undefined],
    ['GET /a//b', undefined],
    ['GET /caf%C3%A9', 'escaped', {}],
    ['GET /caf%c3%a9', undefined],
    ['GET /a?b=c', 'a', {}],
    ['GET /a?/b', 'a', {}],
    ['GET /ab', undefined],
    ['GET /a;v=1', undefined],
    ['GET /', undefined],
  ]),
  ...group('a parameter', { user: ['/users/:id'], posts: ['/users/:id/posts'], post: ['/users/:id/posts/:post'], colon: ['/models/x:generate'] }, [
    ['GET /users/42', 'user', { id: '42' }],
    ['GET /users/a.b-c_d~', 'user', { id: 'a.b-c_d~' }],
    ['GET /users/%2F', 'user', { id: '%2F' }],
    ['GET /users/a%2Fposts', 'user', { id: 'a%2Fposts' }],
    ['GET /users/:id', 'user', { id: ':id' }],
    ['GET /users/__proto__', 'user', { id: '__proto__' }],
    ['GET /users/%00', 'user', { id: '%00' }],
    ['GET /users/', undefined],
    ['GET /users', undefined],
    ['GET /users//posts', undefined],
    ['GET /users/1/posts', 'posts', { id: '1' }],
    ['GET /users/1/posts/', undefined],
    ['GET /users/1/posts/2', 'post', { id: '1', post: '2' }],
    ['GET /users/1/comments', undefined],
    ['GET /models/x:generate', 'colon', {}],
    ['GET /models/y:generate', undefined],
  ]),
  ...group('a wildcard', { files: ['/files/*rest'], deep: ['/deep/:id/*path'], bare: ['/bare/*'] }, [
    ['GET /files/a', 'files', { rest: 'a' }],
    ['GET /files/a/b/c', 'files', { rest: 'a/b/c' }],
    ['GET /files/', 'files', { rest: '' }],
    ['GET /files', undefined],
    ['GET /files//a', 'files', { rest: '/a' }],
    ['GET /files/a/', 'files', { rest: 'a/' }],
    ['GET /files/%2e%2e%2f', 'files', { rest: '%2e%2e%2f' }],
    ['GET /filesystem', undefined],
    ['GET /deep/1/x/y', 'deep', { id: '1', path: 'x/y' }],
    ['GET /deep/1/', 'deep', { id: '1', path: '' }],
    ['GET /deep/1', undefined],
    ['GET /deep//x', undefined],
    ['GET /bare/x/y', 'bare', { rest: 'x/y' }],
  ]),
  ...group('dot segments are taken by nobody', { all: ['/*rest'], a: ['/a/*rest'] }, [
    ['GET /a/../b', undefined],
    ['GET /a/..', undefined],
    ['GET /./a', undefined],
    ['GET /a/%2e%2e/b', undefined],
    ['GET /a/.%2E/b', undefined],
    ['GET /a/%2e', undefined],
    ['GET /a/...', 'a', { rest: '...' }],
    ['GET /a/.b', 'a', { rest: '.b' }],
    ['GET /a/b..', 'a', { rest: 'b..' }],
  ]),
]

const PRECEDENCE = [
  ...group(
    'the more specific path',
    { all: ['/*rest'], wild: ['/a/*rest'], param: ['/a/:x'], literal: ['/a/b'], pc: ['/a/:x/c'], lw: ['/a/b/*rest'], pp: ['/a/:x/:y'], lp: ['/a/b/:y'] },
    [
      ['GET /a/b', 'literal', {}],
      ['GET /a/z', 'param', { x: 'z' }],
      ['GET /a/b/c', 'lp', { y: 'c' }],
      ['GET /a/z/c', 'pc', { x: 'z' }],
      ['GET /a/z/d', 'pp', { x: 'z', y: 'd' }],
      ['GET /a/b/c/d', 'lw', { rest: 'c/d' }],
      ['GET /a/z/c/d', 'wild', { rest: 'z/c/d' }],
      ['GET /a/b/', 'lw', { rest: '' }],
      ['GET /a/', 'wild', { rest: '' }],
      ['GET /a', 'all', { rest: 'a' }],
      ['GET /b', 'all', { rest: 'b' }],
      ['GET /', 'all', { rest: '' }],
    ],
  ),
  ...group(
    'priority before specificity',
    {
      literal: ['/a/b'],
      wall: ['/a/*rest', { priority: 1 }],
      top: ['/a/:x', { priority: 2, methods: ['DELETE'] }],
      last: ['/c', { priority: -1 }],
      c: ['/:x'],
    },
    [
      ['GET /a/b', 'wall', { rest: 'b' }],
      ['DELETE /a/b', 'top', { x: 'b' }],
      ['DELETE /a/b/c', 'wall', { rest: 'b/c' }],
      ['GET /c', 'c', { x: 'c' }],
      ['GET /d', 'c', { x: 'd' }],
    ],
  ),
  ...group('age between equals', { old: ['/a/:x'], young: ['/a/:y'], conditional: ['/b', { headers: [{ name: 'x-v', equals: '2' }] }], rest: ['/b'] }, [
    ['GET /a/1', 'old', { x: '1' }],
    ['GET /b', 'rest', {}],
    ['GET /b', 'conditional', {}, header(['x-v', '2'])],
  ]),
  ...group(
    'a host does not make a path more specific',
    { first: ['/a'], hosted: ['/a', { host: 'one.test' }], above: ['/b', { host: 'one.test', priority: 1 }], b: ['/b'] },
    [
      ['GET /a', 'first', {}, { host: 'one.test' }],
      ['GET /b', 'above', {}, { host: 'one.test' }],
      ['GET /b', 'b', {}, { host: 'two.test' }],
    ],
  ),
  ...group(
    'a condition that fails lets the next one try',
    { get: ['/a/b', { methods: ['GET'] }], param: ['/a/:x', { methods: ['POST'] }], all: ['/*rest', { methods: ['GET', 'PUT'] }] },
    [
      ['GET /a/b', 'get', {}],
      ['POST /a/b', 'param', { x: 'b' }],
      ['PUT /a/b', 'all', { rest: 'a/b' }],
      ['DELETE /a/b', undefined],
      ['GET /a/c', 'all', { rest: 'a/c' }],
    ],
  ),
  ...group('disabled routes are not there', { off: ['/a', { enabled: false }], on: ['/*rest'] }, [['GET /a', 'on', { rest: 'a' }]]),
  ...group(
    'shadows never act',
    {
      ghost: ['/a', { mode: 'shadow', priority: 5 }],
      second: ['/a', { mode: 'shadow', priority: 4, methods: ['POST'] }],
      real: ['/a'],
      late: ['/a', { mode: 'shadow', priority: -1 }],
      alone: ['/b', { mode: 'shadow' }],
    },
    [
      ['GET /a', 'real', {}, { shadows: ['ghost'] }],
      ['POST /a', 'real', {}, { shadows: ['ghost', 'second'] }],
      ['GET /b', undefined, undefined, { shadows: ['alone'] }],
      ['GET /c', undefined],
    ],
  ),
  ...group(
    'actions do not matter for who comes first',
    {
      deny: ['/x/*rest', { action: { type: 'deny', status: 403, message: 'No.' } }],
      redirect: ['/x/old', { action: { type: 'redirect', status: 308, location: '/x/new' } }],
      forward: ['/x/new', { action: { type: 'forward', targets: [{ url: 'http://127.0.0.1:9', weight: 1 }] } }],
      upstream: ['/x/:id/chat', { action: { type: 'upstream', upstream: 'up' }, requiresClientKey: true }],
      wall: ['/x/new', { action: { type: 'deny', status: 451, message: 'No.' }, priority: 9, headers: [{ name: 'x-region', equals: 'eu' }] }],
    },
    [
      ['GET /x/any', 'deny', { rest: 'any' }],
      ['GET /x/old', 'redirect', {}],
      ['GET /x/new', 'forward', {}],
      ['GET /x/new', 'wall', {}, header(['x-region', 'eu'])],
      ['POST /x/7/chat', 'upstream', { id: '7' }],
      ['POST /x/7/chat/2', 'deny', { rest: '7/chat/2' }],
    ],
  ),
]

const MATCHERS = [
  ...group('methods', { get: ['/g', { methods: ['GET'] }], post: ['/p', { methods: ['POST', 'PUT'] }], any: ['/any'], head: ['/h', { methods: ['HEAD'] }] }, [
    ['GET /g', 'get', {}],
    ['HEAD /g', 'get', {}],
    ['POST /g', undefined],
    ['OPTIONS /g', undefined],
    ['POST /p', 'post', {}],
    ['PUT /p', 'post', {}],
    ['PATCH /p', undefined],
    ['HEAD /p', undefined],
    ['DELETE /any', 'any', {}],
    ['OPTIONS /any', 'any', {}],
    ['HEAD /h', 'head', {}],
    ['GET /h', undefined],
  ]),
  ...group(
    'hosts',
    {
      exact: ['/a', { host: 'api.example.com' }],
      below: ['/a', { host: '*.example.com' }],
      six: ['/a', { host: '[::1]' }],
      far: ['/b', { host: '*.a.b.test' }],
    },
    [
      ['GET /a', 'exact', {}, { host: 'api.example.com' }],
      ['GET /a', 'exact', {}, { host: 'API.Example.COM' }],
      ['GET /a', 'exact', {}, { host: 'api.example.com:8000' }],
      ['GET /a', 'exact', {}, { host: 'api.example.com.' }],
      ['GET /a', 'below', {}, { host: 'www.example.com' }],
      ['GET /a', 'below', {}, { host: 'a.b.example.com:80' }],
      ['GET /a', undefined, undefined, { host: 'example.com' }],
      ['GET /a', undefined, undefined, { host: 'notexample.com' }],
      ['GET /a', undefined, undefined, { host: 'api.example.com.evil.test' }],
      ['GET /a', 'six', {}, { host: '[::1]' }],
      ['GET /a', 'six', {}, { host: '[::1]:8000' }],
      ['GET /a', undefined, undefined, { host: '[::2]' }],
      ['GET /b', 'far', {}, { host: 'x.a.b.test' }],
      ['GET /b', undefined, undefined, { host: 'a.b.test' }],
      ['GET /b', undefined, undefined, { host: '.a.b.test' }],
    ],
  ),
  ...group(
    'headers',
    {
      equals: ['/e', { headers: [{ name: 'x-a', equals: '1' }] }],
      glob: ['/g', { headers: [{ name: 'user-agent', pattern: 'curl/*' }] }],
      inner: ['/i', { headers: [{ name: 'x-a', pattern: '*-beta-*' }] }],
      there: ['/t', { headers: [{ name: 'authorization', present: true }] }],
      absent: ['/n', { headers: [{ name: 'x-a', present: false }] }],
      both: [
        '/b',
        {
          headers: [
            { name: 'x-a', equals: '1' },
            { name: 'x-b', equals: '2' },
          ],
        },
      ],
      empty: ['/0', { headers: [{ name: 'x-a', equals: '' }] }],
    },
    [
      ['GET /e', 'equals', {}, header(['x-a', '1'])],
      ['GET /e', undefined, undefined, header(['x-a', '11'])],
      ['GET /e', undefined, undefined, header(['x-a', '1 '])],
      ['GET /e', undefined],
      ['GET /e', 'equals', {}, header(['x-a', '0'], ['x-a', '1'])],
      ['GET /e', undefined, undefined, header(['x-ab', '1'])],
      ['GET /g', 'glob', {}, header(['user-agent', 'curl/8.1'])],
      ['GET /g', 'glob', {}, header(['user-agent', 'curl/'])],
      ['GET /g', undefined, undefined, header(['user-agent', 'CURL/8'])],
      ['GET /g', undefined, undefined, header(['user-agent', 'my curl/8'])],
      ['GET /i', 'inner', {}, header(['x-a', 'v1-beta-2'])],
      ['GET /i', undefined, undefined, header(['x-a', 'v1-beta'])],
      ['GET /t', 'there', {}, header(['authorization', 'Bearer x'])],
      ['GET /t', undefined],
      ['GET /n', 'absent', {}],
      ['GET /n', undefined, undefined, header(['x-a', ''])],
      ['GET /b', 'both', {}, header(['x-b', '2'], ['x-a', '1'])],
      ['GET /b', undefined, undefined, header(['x-a', '1'])],
      ['GET /0', 'empty', {}, header(['x-a', ''])],
      ['GET /0', undefined],
    ],
  ),
  ...group(
    'query',
    {
      equals: ['/e', { query: [{ name: 'v', equals: '1' }] }],
      glob: ['/g', { query: [{ name: 'v', pattern: 'a*z' }] }],
      there: ['/t', { query: [{ name: 'debug', present: true }] }],
      absent: ['/n', { query: [{ name: 'debug', present: false }] }],
      text: ['/x', { query: [{ name: 'q', equals: 'a b&c' }] }],
    },
    [
      ['GET /e?v=1', 'equals', {}],
      ['GET /e?v=2', undefined],
      ['GET /e?v=2&v=1', 'equals', {}],
      ['GET /e?V=1', undefined],
      ['GET /e?%76=1', 'equals', {}],
      ['GET /e?v=%31', 'equals', {}],
      ['GET /e', undefined],
      ['GET /g?v=abcz', 'glob', {}],
      ['GET /g?v=az', 'glob', {}],
      ['GET /g?v=a', undefined],
      ['GET /t?debug', 'there', {}],
      ['GET /t?debug=', 'there', {}],
      ['GET /t?debugger=1', undefined],
      ['GET /n?debug=0', undefined],
      ['GET /n?x=1', 'absent', {}],
      ['GET /n', 'absent', {}],
      ['GET /x?q=a+b%26c', 'text', {}],
      ['GET /x?q=a%20b&c', undefined],
    ],
  ),
  ...group(
    'models',
    { gpt: ['/m', { model: 'gpt-*' }], one: ['/m', { model: 'claude-x', priority: -1 }], rest: ['/m', { priority: -2 }], only: ['/o', { model: '*mini*' }] },
    [
      ['POST /m', 'gpt', {}, { model: 'gpt-4o' }],
      ['POST /m', 'one', {}, { model: 'claude-x' }],
      ['POST /m', 'rest', {}, { model: 'claude-xy' }],
      ['POST /m', 'rest', {}, { model: 'GPT-4o' }],
      ['POST /m', 'rest', {}],
      ['POST /o', 'only', {}, { model: 'gpt-4o-mini-2' }],
      ['POST /o', 'only', {}, { model: 'mini' }],
      ['POST /o', undefined, undefined, { model: 'min' }],
      ['POST /o', undefined],
    ],
  ),
  ...group(
    'client keys and accounts',
    {
      key: ['/k', { clientKeyIds: ['cli_1', 'cli_2'] }],
      account: ['/k', { accountIds: ['acc_1'], priority: -1 }],
      both: ['/b', { clientKeyIds: ['cli_1'], accountIds: ['acc_1'] }],
    },
    [
      ['GET /k', 'key', {}, { clientKeyId: 'cli_1' }],
      ['GET /k', 'key', {}, { clientKeyId: 'cli_2', accountId: 'acc_1' }],
      ['GET /k', 'account', {}, { clientKeyId: 'cli_3', accountId: 'acc_1' }],
      ['GET /k', undefined, undefined, { clientKeyId: 'cli_3', accountId: 'acc_2' }],
      ['GET /k', undefined],
      ['GET /b', 'both', {}, { clientKeyId: 'cli_1', accountId: 'acc_1' }],
      ['GET /b', undefined, undefined, { clientKeyId: 'cli_1' }],
      ['GET /b', undefined, undefined, { accountId: 'acc_1' }],
    ],
  ),
]

export const ROUTE_CASES: readonly RouteCase[] = [...PATHS, ...PRECEDENCE, ...MATCHERS]
