// Worker processes of one gateway: each sends its traces, and the figures are those of all.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Gateway } from '../support/gateway.ts'
import { openOtlpCollector, type OtlpCollector } from '../support/otlp-collector.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'
import { keysOf, openStack, type Stack } from './stack.ts'

let stack: Stack
let collector: OtlpCollector

describeWith('mariadb', 'two workers', () => {
  beforeAll(async () => {
    collector = await openOtlpCollector()
    const headers = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of-the-collector' }
    stack = await openStack({ replicas: 1, env: { WORKERS: '2', OTLP_ENDPOINT: collector.url, ...headers } })
  }, 120_000)
  afterAll(async () => {
    await stack?.close()
    await collector?.close()
  })

  test('trace every request once, and add their counts up', async () => {
    await stack.addUpstream('traced', keysOf(2))
    const [gateway] = stack.gateways as [Gateway]
    const servers = () => collector.spans.filter(({ attributes }) => attributes['url.path'] === '/proxy/traced/ok')
    const instances = () => new Set(servers().map(({ resource }) => resource['service.instance.id']))
    // Who accepts a connection is the kernel's choice.
    let sent = 0
    await until(async () => {
      await Promise.all(Array.from({ length: 20 }, () => gateway.send('GET', '/proxy/traced/ok')))
      sent += 20
      return instances().size === 2
    })
    await until(() => servers().length === sent)
    expect(new Set(servers().map(({ traceId }) => traceId)).size).toBe(sent)
    expect(collector.headers.every(({ authorization }) => authorization === 'Bearer of-the-collector')).toBe(true)
    await until(async () => {
      const text = await (await fetch(`${gateway.url}/metrics`)).text()
      return Number(/^akr_trace_spans_total\{result="exported"\} (\d+)$/m.exec(text)?.[1] ?? 0) === collector.spans.length
    })
  }, 60_000)
})
