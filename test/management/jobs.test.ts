// Jobs over the API: who sees, starts and cancels which; imports, validations and accounts made in the background.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { aJob } from '../contracts/job-queue.contract.ts'
import { until } from '../support/until.ts'
import { openManagement, type Answer, type Management } from './fixture.ts'

let api: Management
let admin: string
let operator: string
let vendor: Server
const asked: string[] = []

beforeAll(async () => {
  api = await openManagement()
  admin = await api.tokenOf('admin')
  operator = await api.tokenOf('operator')
  vendor = createServer((request, response) => {
    const key = String(request.headers.authorization).replace('Bearer ', '')
    asked.push(key)
    response.statusCode = key.includes('-bad-') ? 401 : 200
    response.setHeader('content-type', 'application/json')
    response.end(response.statusCode === 200 ? '{"data":[]}' : '{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}')
  })
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await api.close()
  vendor.closeAllConnections()
  vendor.close()
})

const call = (method: string, path: string, body?: unknown, token = operator): Promise<Answer> => api.call(method, path, { token, body })
const upstreamOf = async (slug: string): Promise<string> => {
  const { port } = vendor.address() as AddressInfo
  return (await call('POST', '/upstreams', { slug, adapter: 'openai', base_url: `http://127.0.0.1:${port}/v1` })).json.id as string
}
const ended = async (id: string): Promise<any> => {
  let job: any
  await until(async () => {
    job = (await call('GET', `/jobs/${id}`)).json
    return ['succeeded', 'failed', 'cancelled'].includes(job.status)
  })
  return job
}

describe('before anything runs', () => {
  test('a job is started by who may, shown with what J2 asks for, listed, counted and cancelled; all of it is in the record', async () => {
    const upstream = await upstreamOf('later')
    const order = { kind: 'key_validation', payload: { upstream_id: upstream }, priority: 7 }
    const started = await call('POST', '/jobs', order)
    expect(started.status).toBe(202)
    const job = started.json
    expect(started.headers.get('location')).toBe(`/api/admin/jobs/${job.id}`)
    expect(job).toMatchObject({
      kind: 'key_validation',
      status: 'queued',
      priority: 7,
      count: null,
      error_message: '',
      created_by: 'the-operator',
      started_at: null,
    })
    expect(job.progress).toEqual({ done: 0, total: null, percent: null, note: '' })
    const again = await call('POST', '/jobs', order)
    expect([again.status, again.json.id]).toEqual([200, job.id])
    const scheduled = await call('POST', '/jobs', { kind: 'account_provisioning', payload: { count: 3 }, run_at: '2999-01-01T00:00:00Z' }, admin)
    expect(scheduled.json.status).toBe('scheduled')
    expect((await call('GET', '/jobs?status=queued&kind=key_validation')).json.data.map(({ id }: { id: string }) => id)).toEqual([job.id])
    expect((await call('GET', '/jobs/stats')).json).toMatchObject({
      total: 2,
      by_status: { queued: 1, scheduled: 1 },
      by_kind: { key_validation: { queued: 1 } },
    })
    const cancelled = await call('POST', `/jobs/${job.id}/cancel`)
    expect(cancelled.json).toMatchObject({ status: 'cancelled', completed_at: expect.any(String) })
    expect((await call('POST', `/jobs/${job.id}/cancel`)).json).toMatchObject({ code: 'conflict', detail: 'The job has ended already: it is cancelled.' })
    await call('POST', `/jobs/${scheduled.json.id}/cancel`)
    const actions = (await call('GET', `/audit?entity=job&limit=10`, undefined, admin)).json.data.map((entry: any) => `${entry.actor} ${entry.action}`)
    expect(actions).toEqual(['the-operator job.cancel', 'the-operator job.cancel', 'the-admin job.create', 'the-operator job.create'])
  })

  test('what a kind cannot use is refused with its place; who may not start a kind is told', async () => {
    const wrong: readonly [unknown, number, string | undefined][] = [
      [{ kind: 'cleaning' }, 422, '/kind'],
      [{ kind: 'key_validation' }, 422, '/payload/upstream_id'],
      [{ kind: 'key_validation', payload: { upstream_id: 'ups_1', scope: 'some' } }, 422, '/payload/scope'],
      [{ kind: 'key_validation', payload: { upstream_id: 'ups_1', scope: 'selected' } }, 422, '/payload/key_ids'],
      [{ kind: 'key_validation', payload: { upstream_id: 'ups_1', concurrency: 99 } }, 422, '/payload/concurrency'],
      [{ kind: 'key_validation', payload: { upstream_id: 'ups_1', url: 'http://169.254.169.254' } }, 422, '/payload/url'],
      [{ kind: 'key_validation', payload: { upstream_id: 'ups_1' }, priority: 101 }, 422, '/priority'],
      [{ kind: 'key_import', payload: { upstream_id: 'ups_1', invalid: 0 } }, 403, undefined],
      [{ kind: 'account_provisioning', payload: { count: 1 } }, 403, undefined],
    ]
    for (const [body, status, path] of wrong) {
      const answer = await call('POST', '/jobs', body)
      expect([answer.status, answer.json.errors?.[0]?.path, body]).toEqual([status, path, body])
    }
    const viewer = await api.tokenOf('viewer')
    expect((await call('POST', '/jobs', { kind: 'key_validation' }, viewer)).status).toBe(403)
  })

  test('people of an account see and cancel their own jobs only, and start none', async () => {
    const { id: account } = (await call('POST', '/accounts', { name: 'tenant' }, admin)).json
    const theirs = (await api.store.jobs.enqueue(aJob({ accountId: account }))).job.id
    const others = (await api.store.jobs.enqueue(aJob({ accountId: 'acc_other' }))).job.id
    const gateways = (await api.store.jobs.enqueue(aJob())).job.id
    const token = await api.tokenOf('operator', account)
    expect((await call('GET', '/jobs', undefined, token)).json.data.map(({ id }: { id: string }) => id)).toEqual([theirs])
    for (const id of [others, gateways]) {
      expect((await call('GET', `/jobs/${id}`, undefined, token)).status).toBe(404)
      expect((await call('POST', `/jobs/${id}/cancel`, undefined, token)).status).toBe(404)
      expect((await call('POST', `/jobs/${id}/result`, undefined, token)).status).toBe(404)
    }
    expect((await call('GET', '/jobs/stats', undefined, token)).status).toBe(404)
    expect((await call('POST', '/jobs', { kind: 'key_validation' }, token)).status).toBe(404)
    expect((await call('POST', `/jobs/${theirs}/cancel`, undefined, token)).json.status).toBe('cancelled')
    for (const id of [others, gateways]) await api.store.jobs.cancel(id)
  })
})

describe('in the background', () => {
  beforeAll(() => api.background.runner.start())

  test('an import is sealed with its job, done in pieces, and in rotation at its end', async () => {
    const upstream = await upstreamOf('bulk')
    const keys = Array.from({ length: 2_345 }, (_, index) => `sk-bulk-${String(index).padStart(24, '0')}`)
    await call('POST', `/upstreams/${upstream}/keys`, { value: keys[7] })
    const dry = await call('POST', `/upstreams/${upstream}/keys/import?dry_run=true&background=true`, { keys })
    expect([dry.status, dry.json.created]).toEqual([200, 2_344])
    const answer = await call('POST', `/upstreams/${upstream}/keys/import?background=true`, {
      keys: [...keys, '', { value: keys[1], weight: 3 }],
    })
    expect(answer.status).toBe(202)
    expect(answer.text).not.toContain('sk-bulk')
    const job = await ended(answer.json.id)
    expect(job).toMatchObject({
      status: 'succeeded',
      error_message: '',
      result: { created: 2_344, duplicates: 2, invalid: 1 },
      progress: { done: 2_346, percent: 100 },
    })
    expect((await call('GET', `/upstreams/${upstream}/keys?limit=1`)).json.total).toBe(2_345)
    expect(api.snapshot.findPool(upstream)?.keys.size).toBe(2_345)
    expect(await api.store.jobs.findPart(job.id, 0)).toBeUndefined()
    const recorded = (await call('GET', '/audit?action=upstream_key.create_many&limit=5', undefined, admin)).json.data
    expect(recorded.map((entry: any) => [entry.actor, entry.request_id])).toEqual([1, 2, 3].map(() => ['the-operator', job.id]))
  })

  test('an import of nothing, or to nowhere, is refused before there is a job', async () => {
    const upstream = await upstreamOf('empty')
    expect((await call('POST', `/upstreams/${upstream}/keys/import?background=true`, { keys: [''] })).status).toBe(422)
    expect((await call('POST', `/upstreams/ups_none/keys/import?background=true`, { keys: ['sk-000000000000000000000001'] })).status).toBe(404)
  })

  test('a validation asks about every key once, leaves disabled ones alone, and counts by reason', async () => {
    const upstream = await upstreamOf('sick')
    const keys = Array.from(
      { length: 40 },
      (_, index) => `sk-${index % 4 === 0 ? 'bad' : 'fine'}-${index % 4 === 0 ? '-bad-' : ''}${String(index).padStart(20, '0')}`,
    )
    await call('POST', `/upstreams/${upstream}/keys/import`, { keys })
    const { data } = (await call('GET', `/upstreams/${upstream}/keys?limit=100`)).json
    await call('PATCH', `/keys/${data[1].id}`, { enabled: false })
    asked.length = 0
    const started = await call('POST', '/jobs', { kind: 'key_validation', payload: { upstream_id: upstream, jitter_ms: 1, concurrency: 3 } })
    const job = await ended(started.json.id)
    expect(job).toMatchObject({ status: 'succeeded', count: 40, progress: { done: 40 }, result: { tested: 39, ok: 29, failed: 10, skipped: 1 } })
    expect(Object.values<number>(job.result.reasons).reduce((sum, count) => sum + count, 0)).toBe(10)
    expect(asked.sort()).toEqual(keys.filter((_, index) => index !== 1).sort())
    asked.length = 0
    const some = await call('POST', '/jobs', {
      kind: 'key_validation',
      payload: { upstream_id: upstream, scope: 'selected', key_ids: [data[2].id, data[3].id], jitter_ms: 0 },
    })
    expect((await ended(some.json.id)).result).toMatchObject({ tested: 2, ok: 2 })
    expect(asked.sort()).toEqual([keys[2], keys[3]].sort())
    const stale = { upstream_id: upstream, scope: 'stale', stale_hours: 1, jitter_ms: 0 }
    expect((await ended((await call('POST', '/jobs', { kind: 'key_validation', payload: stale })).json.id)).result).toMatchObject({ tested: 0, skipped: 0 })
    api.clock.advance(2 * 3_600_000)
    operator = await api.tokenOf('operator')
    admin = await api.tokenOf('admin')
    expect((await ended((await call('POST', '/jobs', { kind: 'key_validation', payload: stale })).json.id)).result).toMatchObject({ skipped: 1, tested: 39 })
  })

  test('accounts are made in pieces; their keys are given out once, to an admin, and work', async () => {
    const answer = await call('POST', '/accounts?background=true', { count: 1_203, priority: 4, verification_enabled: true }, admin)
    expect([answer.status, answer.json.count]).toEqual([202, 1_203])
    const job = await ended(answer.json.id)
    expect(job).toMatchObject({ status: 'succeeded', result: { created: 1_203 }, progress: { done: 1_203 } })
    expect(JSON.stringify(job)).not.toMatch(/akr_|client_key/)
    expect((await call('POST', `/jobs/${job.id}/result`)).status).toBe(403)
    const taken = await call('POST', `/jobs/${job.id}/result`, undefined, admin)
    const entries = taken.json.data as { id: string; client_key: { id: string; key: string } }[]
    expect(new Set(entries.map(({ client_key: { key } }) => key)).size).toBe(1_203)
    expect((await call('POST', `/jobs/${job.id}/result`, undefined, admin)).json).toMatchObject({ code: 'conflict' })
    const last = entries.at(-1)
    expect((await call('GET', `/accounts/${last?.id}`, undefined, admin)).json).toMatchObject({ priority: 4, verification_enabled: true })
    expect((await call('GET', `/client-keys/${last?.client_key.id}`, undefined, admin)).json.account_id).toBe(last?.id)
    expect((await call('GET', '/accounts?limit=1', undefined, admin)).json.total).toBe(1_203 + 1)
    expect(api.log()).not.toContain(last?.client_key.key)
  })
})
