// Says under which conditions and with which versions a benchmark ran.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { ENTERPRISE } from './contenders.ts'
import { gatewayEntry, POOL_KEYS } from './gateway.ts'
import type { Options } from './options.ts'

export function findVersions(): Record<string, string> {
  const repository = new URL('../..', import.meta.url)
  const version = (path: string) => (JSON.parse(readFileSync(new URL(path, repository), 'utf8')) as { version: string }).version
  const found: Record<string, string> = { node: process.versions.node }
  for (const name of ['undici', 'express', 'http-proxy-middleware']) found[name] = version(`node_modules/${name}/package.json`)
  try {
    found['@portkey-ai/gateway'] = version('bench/node_modules/@portkey-ai/gateway/package.json')
  } catch {
    // named as missing elsewhere
  }
  const nginx = spawnSync('nginx', ['-v'], { encoding: 'utf8' })
  if (nginx.status === 0) found['nginx'] = nginx.stderr.trim().split('/').at(-1) as string
  return found
}

export function describeConditions(options: Options, pinned: boolean, cMock: boolean): string[] {
  const gateway = options.contenders.includes('gateway') || options.streams
  return [
    `Load: wrk, 1 thread, ${options.connections} connections, POST of 500 bytes of JSON, answers of 1025 bytes with 11 headers; at least ${options.rounds} rounds of ${options.seconds} s slices in rotating order, each contender warmed up ${options.warmup} s.`,
    pinned ? 'Contender on core 0; wrk and the mock upstream on core 1.' : 'NOT PINNED: fewer than 2 cores or no taskset.',
    ...(options.contenders.some((name) => (ENTERPRISE as readonly string[]).includes(name))
      ? [
          'Enterprise rows: `dist/enterprise/main.js` on MariaDB; Redis and MariaDB share core 1 with wrk; the rows `workers-*` are not pinned. The latencies are those of a load that always keeps all connections busy.',
        ]
      : []),
    ...(cMock ? [] : ['No C compiler: the mock upstream runs on Node and is dearer.']),
    ...(gateway ? [`Gateway: \`${gatewayEntryOr('missing')}\`, ${POOL_KEYS} keys in rotation, client key checked, metrics on, access log to a file.`] : []),
  ]
}

function gatewayEntryOr(fallback: string): string {
  try {
    return gatewayEntry()
  } catch {
    return fallback
  }
}
