// Renders what Prometheus and Grafana are given: alert rules and dashboards.
import { ALERT_RULES, type AlertRule } from './alert-rules.ts'
import { DASHBOARDS, type Dashboard, type Panel } from './dashboards.ts'

/** Generated files by path from the root of the repository. */
export function renderObservability(): Readonly<Record<string, string>> {
  return {
    'deploy/prometheus/alerts.yml': renderAlerts(),
    ...Object.fromEntries(DASHBOARDS.map((dashboard) => [`deploy/grafana/dashboards/${dashboard.id}.json`, renderDashboard(dashboard)])),
  }
}

function renderAlerts(): string {
  const rules = Object.entries(ALERT_RULES).map(([name, rule]) => renderRule(name, rule))
  return `# Written by \`make docs\` from scripts/alert-rules.ts.\ngroups:\n  - name: api-key-rotator\n    rules:\n${rules.join('')}`
}

function renderRule(name: string, { severity, expression, for: duration, summary, action }: AlertRule): string {
  // JSON strings are YAML strings.
  return [
    `      - alert: ${name}`,
    `        expr: ${JSON.stringify(expression)}`,
    ...(duration === '' ? [] : [`        for: ${duration}`]),
    '        labels:',
    `          severity: ${severity}`,
    '        annotations:',
    `          summary: ${JSON.stringify(summary)}`,
    `          description: ${JSON.stringify(action)}`,
    '',
  ].join('\n')
}

const PANEL_HEIGHT: Readonly<Record<Panel['kind'], number>> = { stat: 4, timeseries: 8, heatmap: 8, table: 4 }
const COLUMNS = 24
const SOURCE = { type: 'prometheus', uid: 'prometheus' }

function renderDashboard({ id, title, hasUpstream, panels }: Dashboard): string {
  const variable = {
    name: 'upstream',
    label: 'Upstream',
    type: 'query',
    datasource: SOURCE,
    query: { query: 'label_values(akr_pool_keys, upstream)', refId: 'upstream' },
    multi: true,
    includeAll: true,
    // Requests that name no upstream have an empty label; they belong to all of them.
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
    refresh: 2,
    sort: 1,
  }
  const document = {
    uid: id,
    title,
    tags: ['api-key-rotator'],
    timezone: 'browser',
    schemaVersion: 39,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    editable: false,
    graphTooltip: 1,
    templating: { list: hasUpstream ? [variable] : [] },
    panels: placed(panels).map(({ panel, at }, index) => renderPanel(panel, index + 1, at)),
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

interface Place {
  readonly x: number
  readonly y: number
}

/** Row by row, as they come. */
function placed(panels: readonly Panel[]): readonly { readonly panel: Panel; readonly at: Place }[] {
  let x = 0
  let y = 0
  let rowHeight = 0
  return panels.map((panel) => {
    if (x + panel.width > COLUMNS) {
      x = 0
      y += rowHeight
      rowHeight = 0
    }
    const at = { x, y }
    x += panel.width
    rowHeight = Math.max(rowHeight, PANEL_HEIGHT[panel.kind])
    return { panel, at }
  })
}

function renderPanel({ title, about, kind, unit, width, queries }: Panel, id: number, at: Place): object {
  return {
    id,
    type: kind,
    title,
    description: about,
    datasource: SOURCE,
    gridPos: { h: PANEL_HEIGHT[kind], w: width, ...at },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(({ expression, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: SOURCE,
      expr: expression,
      legendFormat: legend === '' ? '__auto' : legend,
      instant: kind === 'stat' || kind === 'table',
      range: kind === 'timeseries' || kind === 'heatmap',
    })),
  }
}
