// What several processes need, apart from the processes: how many, how soon again, with which configuration, whose figures.
import { anExchangeRecord } from '../../support/exchange-records.ts'
import { expect, test } from '@jest/globals'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../../src/config/load-config.ts'
import { decodeConfig, encodeConfig } from '../../../src/config/transport.ts'
import { openMetrics, type MetricDump } from '../../../src/infrastructure/metrics/open-metrics.ts'
import { limits } from '../../../src/limits.ts'
import { MergedMetrics } from '../../../src/workers/merged-metrics.ts'
import { restartDelayMs } from '../../../src/workers/restart-delay.ts'
import { countWorkers } from '../../../src/workers/worker-count.ts'

const V2 = '/sys/fs/cgroup/cpu.max'
const QUOTA = '/sys/fs/cgroup/cpu/cpu.cfs_quota_us'
const PERIOD = '/sys/fs/cgroup/cpu/cpu.cfs_period_us'

test.each([
  [3, 8, {}, 3],
  ['auto', 8, {}, 8],
  ['auto', 8, { [V2]: 'max 100000\n' }, 8],
  ['auto', 8, { [V2]: '150000 100000\n' }, 2],
  ['auto', 2, { [V2]: '400000 100000\n' }, 2],
  ['auto', 8, { [V2]: '20000 100000\n' }, 1],
  ['auto', 8, { [QUOTA]: '-1\n', [PERIOD]: '100000\n' }, 8],
  ['auto', 8, { [QUOTA]: '300000\n', [PERIOD]: '100000\n' }, 3],
  ['auto', 8, { [QUOTA]: '300000\n' }, 8],
] as const)('WORKERS=%s on %d processors with %j means %d', (wanted, parallelism, files: Readonly<Record<string, string>>, count) => {
  const readFile = (path: string): string => {
    const text = files[path]
    if (text === undefined) throw new Error('ENOENT')
    return text
  }
  expect(countWorkers(wanted, { parallelism, readFile })).toBe(count)
})

test('a worker comes back at once, then later and later up to a bound, never at the same time as another', () => {
  const at = (fraction: number) =>
    Array.from({ length: 12 }, (_, failures) => restartDelayMs(failures, { bytes: () => Buffer.alloc(0), fraction: () => fraction }))
  expect(at(0).slice(0, 5)).toEqual([0, 250, 500, 1_000, 2_000])
  expect(at(1).slice(0, 5)).toEqual([0, 500, 1_000, 2_000, 4_000])
  expect(at(1).at(-1)).toBe(limits.workerRestartMaxMs)
})

test('a configuration arrives whole at another process: secrets readable there, masked in print, nothing to be changed', () => {
  const config = loadConfig(
    { ADMIN_PASSWORD: 'violet-Tram-4711', GLOBAL_PROXY_KEYS: 'kx92-team-a,kx93-team-b', OPENAI_API_KEYS: 'sk-a,sk-b', DATABASE_URL: 'mysql://u:geheim@db/akr' },
    {
      build: 'enterprise',
      version: '1.2.3',
      defaultDataDir: mkdtempSync(join(tmpdir(), 'akr-transport-')),
      workingDir: '/',
      terminal: false,
      readFile: () => '',
      secretsFile: { read: () => ({}), add: (_path, secrets) => secrets },
      generateSecret: () => crypto.randomUUID() + crypto.randomUUID(),
    },
  )
  const arrived = decodeConfig(encodeConfig(config))
  expect(JSON.stringify(arrived)).toBe(JSON.stringify(config))
  expect(encodeConfig(arrived)).toBe(encodeConfig(config))
  expect(arrived.databaseUrl.reveal()).toBe('mysql://u:geheim@db/akr')
  expect(arrived.globalClientKeys.map((key) => key.reveal())).toEqual(['kx92-team-a', 'kx93-team-b'])
  expect(arrived.seedUpstreams[0]?.keys.map((key) => key.reveal())).toEqual(['sk-a', 'sk-b'])
  expect(JSON.stringify(arrived)).not.toMatch(/violet|geheim|kx92|sk-a/)
  expect(Object.isFrozen(arrived.shutdown)).toBe(true)
})

async function figuresOf(served: number, keysReady: number, slug = 'openai'): Promise<MetricDump> {
  const opened = openMetrics({ version: '1', build: 'enterprise', nodeVersion: '24', crew: () => undefined })
  opened.connect({ isUpstream: () => true, poolKeys: () => [{ upstream: slug, state: 'ready', count: keysReady }], logLinesDropped: () => 0 })
  for (let i = 0; i < served; i++) {
    opened.metrics.exchangeStarted(slug)
    opened.metrics.attemptFinished(slug, 'served')
    opened.metrics.exchangeFinished(anExchangeRecord({ upstream: slug }))
  }
  opened.metrics.exchangeStarted(slug)
  const figures = await opened.collect()
  opened.close()
  // As it comes over the channel.
  return JSON.parse(JSON.stringify(figures)) as MetricDump
}

async function openPrimary(answered: number): Promise<MetricDump> {
  const opened = openMetrics({ version: '1', build: 'enterprise', nodeVersion: '24', crew: () => ({ serving: 3, answered, restarts: [['crashed', 2]] }) })
  const figures = await opened.collect()
  opened.close()
  return figures
}

test('the figures of several workers: counters and histograms add up, what all know alike is taken once, the dead keep their counts', async () => {
  const merged = new MergedMetrics()
  merged.record(1, await figuresOf(10, 4))
  merged.record(2, await figuresOf(5, 3))
  const read = async (answered: readonly number[]): Promise<(line: string) => string | undefined> => {
    const { body } = await merged.render(await openPrimary(answered.length), new Set(answered))
    return (start) =>
      body
        .split('\n')
        .find((line) => line.startsWith(start))
        ?.split(' ')
        .at(-1)
  }
  let metric = await read([1, 2])
  expect(metric('akr_proxy_requests_total{')).toBe('15')
  expect(metric('akr_proxy_request_duration_seconds_bucket{upstream="openai",kind="llm",stream="false",le="0.05"}')).toBe('15')
  expect(metric('akr_proxy_request_duration_seconds_count{')).toBe('15')
  expect(metric('akr_inflight_requests{')).toBe('2')
  expect(metric('akr_pool_keys{')).toBe('4')
  expect(metric('akr_build_info{')).toBe('1')
  expect([metric('akr_workers '), metric('akr_workers_answered '), metric('akr_worker_restarts_total{')]).toEqual(['3', '2', '2'])

  metric = await read([2])
  expect(metric('akr_proxy_requests_total{')).toBe('15')
  expect(metric('akr_pool_keys{')).toBe('3')

  merged.retire(1)
  metric = await read([2])
  expect(metric('akr_proxy_requests_total{')).toBe('15')
  expect(metric('akr_inflight_requests{')).toBe('1')
  merged.record(3, await figuresOf(7, 3))
  merged.retire(2)
  expect((await read([3]))('akr_proxy_requests_total{')).toBe('22')

  merged.record(3, await figuresOf(7, 3, 'renamed'))
  expect((await read([3]))('akr_proxy_requests_total{upstream="openai"')).toBeUndefined()
})
