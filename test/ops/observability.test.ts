// What Prometheus and Grafana are given asks only for metrics and labels that exist.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { METRICS, type MetricEntry } from '../../src/infrastructure/metrics/metric-names.ts'
import { readPromQl } from '../support/promql.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const DASHBOARDS = join(ROOT, 'deploy/grafana/dashboards')
const entries: Readonly<Record<string, MetricEntry>> = METRICS

/** Prometheus adds these itself. */
const ADDED_LABELS = ['job', 'instance', 'le']
const ADDED_METRICS = ['up']

interface Written {
  readonly place: string
  readonly expression: string
}

function inAlerts(): Written[] {
  const lines = readFileSync(join(ROOT, 'deploy/prometheus/alerts.yml'), 'utf8').split('\n')
  return lines.flatMap((line) => (line.startsWith('        expr: ') ? [{ place: 'alerts.yml', expression: JSON.parse(line.slice(14)) as string }] : []))
}

interface DashboardFile {
  readonly uid: string
  readonly panels: readonly { readonly title: string; readonly gridPos: Place; readonly targets: readonly { readonly expr: string }[] }[]
}

interface Place {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

function dashboards(): DashboardFile[] {
  return readdirSync(DASHBOARDS).map((name) => JSON.parse(readFileSync(join(DASHBOARDS, name), 'utf8')) as DashboardFile)
}

function inDashboards(): Written[] {
  return dashboards().flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ place: `${uid} › ${title}`, expression: expr }))),
  )
}

/** The entry of a metric, or of the histogram that a series belongs to. */
function entryOf(name: string): MetricEntry | undefined {
  const histogram = entries[name.replace(/_(bucket|sum|count)$/, '')]
  return histogram?.type === 'histogram' && name !== name.replace(/_(bucket|sum|count)$/, '') ? histogram : entries[name]
}

function problemsOf({ place, expression }: Written): string[] {
  const { mistakes, metrics, labels } = readPromQl(expression)
  const problems = mistakes.map((mistake) => `${place}: ${mistake}`)
  for (const metric of metrics) {
    const entry = entryOf(metric)
    if (entry === undefined && !ADDED_METRICS.includes(metric)) problems.push(`${place}: there is no metric ${metric}`)
    if (entry?.type === 'histogram' && entries[metric] !== undefined) problems.push(`${place}: ${metric} is a histogram and has no series of this name`)
  }
  const known = new Set([...ADDED_LABELS, ...metrics.flatMap((metric) => entryOf(metric)?.labels ?? [])])
  for (const label of labels) if (!known.has(label)) problems.push(`${place}: no metric of it has the label ${label}`)
  return problems
}

test('alert rules ask for what exists', () => {
  const written = inAlerts()
  expect(written.length).toBeGreaterThanOrEqual(10)
  expect(written.flatMap(problemsOf)).toEqual([])
})

test('dashboards ask for what exists', () => {
  const written = inDashboards()
  expect(written.length).toBeGreaterThanOrEqual(25)
  expect(written.flatMap(problemsOf)).toEqual([])
})

describe('the check', () => {
  test.each([
    ['sum by (upstream (rate(akr_pool_exhausted_total[5m]))', /⟨here⟩/],
    ['rate(akr_pool_exhausted_totals[5m])', /no metric akr_pool_exhausted_totals/],
    ['akr_proxy_request_duration_seconds', /histogram/],
    ['akr_pool_keys{shape="round"}', /label shape/],
    ['sum by (colour) (akr_pool_keys)', /label colour/],
  ])('sees what is wrong with %s', (expression, problem) => {
    expect(problemsOf({ place: 'x', expression }).join()).toMatch(problem)
  })
})

test('panels do not cover each other', () => {
  for (const { uid, panels } of dashboards()) {
    const cells = new Set<string>()
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect({ uid, title, isFree: !cells.has(`${x} ${y}`) }).toEqual({ uid, title, isFree: true })
          cells.add(`${x} ${y}`)
        }
      }
    }
  }
})
