// The variables of what the gateway lets in at all: how much, and from which web pages.
import { limits } from '../limits.ts'
import type { Variable } from './variable.ts'

const MEBIBYTE = 1024 * 1024

export const policyVariables = {
  MAX_BODY_BYTES: {
    type: 'bytes',
    min: 1024,
    max: 10 * 1024 * MEBIBYTE,
    group: 'Limits',
    defaultText: `${limits.llmBodyBytesMax / MEBIBYTE} MiB on /llm, ${limits.proxyBodyBytesMax / MEBIBYTE} MiB on /proxy`,
    about: 'Largest request body; `64MiB` is understood too. If set, it rules both surfaces.',
  },
  MAX_CONCURRENT_REQUESTS: {
    type: 'integer',
    min: 1,
    max: 100_000,
    default: limits.exchangesMax,
    group: 'Limits',
    about: 'Requests in flight; above it the answer is 503 `overloaded`. Management and health checks are not counted.',
  },
  FILES_MAX_BYTES: {
    type: 'bytes',
    min: MEBIBYTE,
    max: 1024 * 1024 * MEBIBYTE,
    default: limits.filesBytesMax,
    group: 'Limits',
    about: 'Bytes of all files of batches together, results included; they are kept in the database. `4GiB` is understood too.',
  },
  RATE_LIMIT_ENABLED: {
    type: 'boolean',
    default: false,
    group: 'Limits',
    about: 'Limits how many requests one client address may send. Limits of client keys are always in force.',
  },
  RATE_LIMIT_PER_IP: {
    type: 'integer',
    min: 1,
    max: limits.clientRateMax,
    default: limits.addressPerSecond,
    group: 'Limits',
    about: 'Requests of one client address (of IPv6 one /64) in any second, counted before its key is looked at; behind a proxy see `TRUST_PROXY`.',
  },
  RATE_LIMIT_GLOBAL: {
    type: 'integer',
    min: 1,
    max: limits.clientRateMax,
    group: 'Limits',
    defaultText: 'unlimited',
    about: 'Requests that are let in of all clients together in any second, over all replicas.',
  },
  CORS_ORIGINS: {
    type: 'list',
    group: 'Access',
    defaultText: 'none',
    about: 'Web origins whose pages may call the gateway and read its answers, e.g. `https://app.example.com`; `*` for every page.',
  },
  CORS_CREDENTIALS: {
    type: 'boolean',
    default: false,
    group: 'Access',
    about: 'Lets pages of `CORS_ORIGINS` send requests with `credentials: "include"`; not together with `*`.',
  },
} as const satisfies Record<string, Variable>
