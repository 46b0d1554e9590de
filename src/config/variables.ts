// Every environment variable of the product: one table that is read, validated, documented and tested from here.
import { limits } from '../limits.ts'
import { loggingVariables } from './logging-variables.ts'
import { policyVariables } from './policy-variables.ts'
import { requestLogVariables } from './request-log-variables.ts'
import { storeVariables } from './store-variables.ts'
import { tracingVariables } from './tracing-variables.ts'
import type { Variable } from './variable.ts'
import { webSocketVariables } from './web-socket-variables.ts'

/** Shortest of the three secrets of the gateway itself. */
export const OWN_SECRET_CHARS_MIN = 32
const MINUTE = 60
const HOUR = 60 * MINUTE

const listening = {
  BACKEND_PORT: { type: 'port', default: 8000, aliases: ['PORT'], original: true, group: 'Listening', about: 'Port of the gateway; 0 takes any free port.' },
  HOST: { type: 'text', default: '0.0.0.0', group: 'Listening', about: 'Address to listen on; `127.0.0.1` keeps the gateway on this machine.' },
  ADMIN_PORT: { type: 'port', group: 'Listening', about: 'Gives management and the page a port of their own.', defaultText: 'same port' },
  ADMIN_HOST: { type: 'text', default: '127.0.0.1', group: 'Listening', about: 'Address of the management port, when `ADMIN_PORT` is set.' },
  PROXY_PUBLIC_BASE_URL: {
    type: 'url',
    original: true,
    group: 'Listening',
    defaultText: 'from the listener',
    about: 'URL under which clients reach the gateway; printed in snippets and in the set-up link.',
  },
  TRUST_PROXY: {
    type: 'list',
    group: 'Listening',
    defaultText: 'nobody',
    about: 'Addresses or CIDRs of proxies in front whose `X-Forwarded-*` headers are believed; `private` and `loopback` stand for those ranges.',
  },
} as const satisfies Record<string, Variable>

const secrets = {
  JWT_SECRET: {
    type: 'secret',
    charsMin: OWN_SECRET_CHARS_MIN,
    original: true,
    group: 'Secrets',
    defaultText: 'generated, stored',
    about: 'Signs sign-in tokens.',
  },
  ENCRYPTION_KEY: {
    type: 'secret',
    charsMin: OWN_SECRET_CHARS_MIN,
    group: 'Secrets',
    defaultText: 'generated, stored',
    about: 'Encrypts upstream keys at rest. Without it they cannot be read again: back it up.',
  },
  ENCRYPTION_KEY_PREVIOUS: {
    type: 'secret',
    charsMin: OWN_SECRET_CHARS_MIN,
    group: 'Secrets',
    defaultText: 'none',
    about: 'The `ENCRYPTION_KEY` before the present one, while it is being changed; see [key-rotation.md](key-rotation.md).',
  },
  CLIENT_KEY_PEPPER: {
    type: 'secret',
    charsMin: OWN_SECRET_CHARS_MIN,
    group: 'Secrets',
    defaultText: 'generated, stored',
    about: 'Keys the digests of client keys. With another value every issued client key stops working.',
  },
  SECRETS_FILE: { type: 'text', group: 'Secrets', defaultText: '`<DATA_DIR>/secrets.json`', about: 'Where generated secrets are stored (mode 0600).' },
} as const satisfies Record<string, Variable>

const access = {
  ADMIN_USERNAME: { type: 'text', default: 'admin', original: true, group: 'Access', about: 'Name of the first admin.' },
  ADMIN_PASSWORD: {
    type: 'secret',
    charsMin: limits.passwordCharsMin,
    original: true,
    group: 'Access',
    defaultText: 'a set-up link is printed',
    about: 'Password of the first admin. Later changes in the product win.',
  },
  GLOBAL_PROXY_KEYS: { type: 'secrets', charsMin: 8, original: true, group: 'Access', about: 'Client keys that may use every upstream.' },
  OPENAI_API_KEYS: { type: 'secrets', charsMin: 0, group: 'Access', about: 'Creates the upstream `openai` with these keys at the first start.' },
  ANTHROPIC_API_KEYS: { type: 'secrets', charsMin: 0, group: 'Access', about: 'Creates the upstream `anthropic` with these keys at the first start.' },
  GEMINI_API_KEYS: { type: 'secrets', charsMin: 0, group: 'Access', about: 'Creates the upstream `gemini` with these keys at the first start.' },
  DEMO_MODE: {
    type: 'choice',
    choices: ['auto', 'on', 'off'],
    default: 'auto',
    group: 'Access',
    about: 'The built-in demo upstream; `auto` = until set-up is finished. `true` and `false` mean `on` and `off`.',
  },
  EXPOSE_KEY_HINT: {
    type: 'boolean',
    default: false,
    group: 'Access',
    about: 'Tells clients in `x-akr-key` which upstream key served them (id and last 4 characters).',
  },
} as const satisfies Record<string, Variable>

const upstreams = {
  ALLOW_PRIVATE_UPSTREAMS: {
    type: 'boolean',
    group: 'Upstreams',
    defaultText: '`true` in the lightweight build, else `false`',
    about: 'Lets upstreams be on private addresses; cloud metadata addresses are always refused.',
  },
  DNS_SERVERS: { type: 'list', group: 'Upstreams', defaultText: "the system's", about: 'Resolvers for upstream names, as `ip` or `ip:port`.' },
  PROXY_TIMEOUT: {
    type: 'seconds',
    min: 0.1,
    max: HOUR,
    original: true,
    group: 'Upstreams',
    defaultText: `${limits.proxyFirstByteTimeoutMs / 1000} on /proxy, ${limits.llmFirstByteTimeoutMs / 1000} on /llm`,
    about: 'Seconds until the first byte of an answer. If set, it rules both surfaces.',
  },
  CONNECT_TIMEOUT: {
    type: 'seconds',
    min: 0.1,
    max: 5 * MINUTE,
    default: limits.connectTimeoutMs / 1000,
    group: 'Upstreams',
    about: 'Seconds to connect, TLS included.',
  },
  STREAM_IDLE_TIMEOUT: {
    type: 'seconds',
    min: 0.1,
    max: HOUR,
    default: limits.idleTimeoutMs / 1000,
    group: 'Upstreams',
    about: 'Seconds of silence inside an answer after which it is given up.',
  },
  STREAM_MAX_DURATION: {
    type: 'seconds',
    min: 1,
    max: 24 * HOUR,
    default: limits.totalTimeoutMs / 1000,
    group: 'Upstreams',
    about: 'Seconds that the longest answer may take.',
  },
  MAX_RETRIES: {
    type: 'integer',
    min: 0,
    max: 9,
    default: limits.attemptsDefault - 1,
    group: 'Upstreams',
    about:
      'Further attempts after the first one, with another key where the first was refused; 0 switches failover off. Counts for upstreams created later; existing ones keep their max_attempts.',
  },
} as const satisfies Record<string, Variable>

const bounds = {
  WORKERS: {
    type: 'text',
    default: '1',
    group: 'Limits',
    about:
      'Processes that serve on the port, `auto` for one per processor. More than one needs MySQL or PostgreSQL, and Redis; `MAX_CONCURRENT_REQUESTS` and `DB_POOL_MAX` count for each.',
  },
  PRICES_FILE: {
    type: 'text',
    group: 'Data',
    defaultText: 'built-in prices',
    about: 'JSON file with prices of models of your own; they go before the built-in ones ([usage.md](usage.md)).',
  },
  SHUTDOWN_GRACE: {
    type: 'seconds',
    min: 0,
    max: HOUR,
    default: limits.drainRequestsMs / 1000,
    group: 'Limits',
    about: 'Seconds that requests in flight get to finish at a shutdown.',
  },
  SHUTDOWN_ANNOUNCE: {
    type: 'seconds',
    min: 0,
    max: 5 * MINUTE,
    default: limits.drainAnnounceMs / 1000,
    group: 'Limits',
    about: 'Seconds between readiness turning 503 and the listener closing, for load balancers to notice. Ctrl-C does not wait.',
  },
} as const satisfies Record<string, Variable>

export const VARIABLES = {
  ...listening,
  ...access,
  ...secrets,
  ...upstreams,
  ...policyVariables,
  ...bounds,
  ...webSocketVariables,
  ...loggingVariables,
  ...requestLogVariables,
  ...tracingVariables,
  ...storeVariables,
} as const satisfies Record<string, Variable>

export type VariableName = keyof typeof VARIABLES
