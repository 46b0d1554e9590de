// Renders the documents that must never differ from the code.
import type { Variable } from '../src/config/variable.ts'
import { VARIABLES } from '../src/config/variables.ts'
import { ERROR_CODES, type ErrorCode, type ErrorSource } from '../src/errors.ts'
import { METRICS, type MetricEntry } from '../src/infrastructure/metrics/metric-names.ts'
import { ALERT_RULES } from './alert-rules.ts'
import { ERROR_ADVICE } from './error-advice.ts'
import { renderObservability } from './render-observability.ts'

/** Generated files by path from the root of the repository. */
export function renderDocs(): Readonly<Record<string, string>> {
  return {
    'docs/configuration.md': renderConfiguration(),
    '.env.example': renderEnvExample(),
    'docs/errors.md': renderErrors(),
    'docs/metrics.md': renderMetrics(),
    ...renderObservability(),
  }
}

const GENERATED = '<!-- Written by `make docs` from the code; edit the tables there. -->'

function groups(): [string, [string, Variable][]][] {
  const byGroup = new Map<string, [string, Variable][]>()
  for (const entry of Object.entries(VARIABLES) as [string, Variable][]) {
    const group = byGroup.get(entry[1].group) ?? []
    group.push(entry)
    byGroup.set(entry[1].group, group)
  }
  return [...byGroup]
}

function isSecret(variable: Variable): boolean {
  return variable.type === 'secret' || variable.type === 'secrets'
}

function plainDefault(variable: Variable): string | undefined {
  return 'default' in variable && variable.default !== undefined ? String(variable.default) : undefined
}

function renderConfiguration(): string {
  const sections = groups().map(([group, variables]) => {
    const rows = variables.map(([name, variable]) => {
      const names = [`\`${name}\``, ...(variable.aliases ?? []).map((alias) => `\`${alias}\``)].join(', ')
      const plain = plainDefault(variable)
      const marks = [variable.original ? '°' : '', isSecret(variable) ? ' 🔑' : ''].join('')
      return `| ${names}${marks} | ${variable.defaultText ?? (plain === undefined ? '–' : `\`${plain}\``)} | ${variable.about}${describeType(variable)} |`
    })
    return [`## ${group}`, '', '| Variable | Default | Meaning |', '|---|---|---|', ...rows].join('\n')
  })
  return `${GENERATED}

# Configuration

By environment variables, or by a \`.env\` file in the working directory (variables that are set win over it). With nothing set the gateway starts:
it generates its secrets into \`<DATA_DIR>/secrets.json\` and prints one set-up link.

- All problems are reported together before anything listens; the exit code is then 78. A service that cannot be reached at the start is 69.
- 🔑 Secrets can also be given by file: \`JWT_SECRET_FILE=/run/secrets/jwt\`. If both are set, the variable wins. Lists take one entry per line there, too.
- An empty variable counts as unset.
- Known placeholders, short and monotonous secrets are refused, and so is one value for two secrets. Values are never printed.
- Misspelt names are warned about with the nearest real one.
- ° The original had this name; it means the same here.

${sections.join('\n\n')}
`
}

function describeType(variable: Variable): string {
  switch (variable.type) {
    case 'choice':
      return ` One of ${variable.choices.map((choice) => `\`${choice}\``).join(', ')}.`
    case 'boolean':
      return ' `true` or `false`.'
    case 'list':
    case 'secrets':
      return ' Separated by commas.'
    case 'integer':
    case 'seconds':
      return ` ${variable.min} to ${variable.max}.`
    default:
      return isSecret(variable) && 'charsMin' in variable && variable.charsMin > 0 ? ` At least ${variable.charsMin} characters.` : ''
  }
}

function renderEnvExample(): string {
  const sections = groups().map(([group, variables]) => {
    const entries = variables.map(([name, variable]) => {
      const about = `# ${variable.about.replaceAll('`', '')}`
      const plain = plainDefault(variable)
      // Secrets are listed empty, which counts as unset: a copy of this file runs.
      return `${about}\n${isSecret(variable) ? `${name}=` : `# ${name}=${plain ?? ''}`}`
    })
    return [`# --- ${group} ---`, ...entries].join('\n')
  })
  return `# Copy to .env. Everything is optional; docs/configuration.md has the defaults.\n\n${sections.join('\n\n')}\n`
}

const SOURCES: Readonly<Record<ErrorSource, string>> = {
  client: 'What the client should change',
  upstream: 'What the vendor, or the way to it, did',
  gateway: 'What the people of this gateway should change',
}

function renderErrors(): string {
  const sections = (Object.keys(SOURCES) as ErrorSource[]).map((source) => {
    const rows = (Object.keys(ERROR_CODES) as ErrorCode[])
      .filter((code) => ERROR_CODES[code].source === source)
      .map((code) => `| <a id="${code}"></a>\`${code}\` | ${ERROR_CODES[code].status} | ${ERROR_CODES[code].title} | ${ERROR_ADVICE[code]} |`)
    return [`## ${SOURCES[source]}`, '', '| Code | Status | Meaning | What to do |', '|---|---|---|---|', ...rows].join('\n')
  })
  return `${GENERATED}

# Errors

Errors that the gateway makes itself carry the header \`X-Gateway-Error: <code>\`; answers of the vendor never do and pass unchanged,
errors included; only a pool key that an error repeats is masked.
On \`/llm\` and \`/v1\` they are written in the words of the client's own SDK, which then raises its usual error with our message. \`/proxy\` and \`/api\`
answer \`application/problem+json\` (RFC 9457) with \`code\` and \`request_id\`. The message alone says what happened, whose fault it is and what to do.

${sections.join('\n\n')}
`
}

function renderMetrics(): string {
  const alerts = Object.values(ALERT_RULES).map(({ title, expression, for: duration, action }) => {
    // A bar would end the cell.
    return `| ${title} | \`${expression.replaceAll('|', '\\|')}\` | ${duration || 'at once'} | ${action.replaceAll('|', '\\|')} |`
  })
  const rows = (Object.entries(METRICS) as [string, MetricEntry][]).map(
    ([name, { type, labels, about }]) =>
      `| \`${name}\` | ${type} | ${labels.length === 0 ? '–' : labels.map((label) => `\`${label}\``).join(', ')} | ${about}. |`,
  )
  return `${GENERATED}

# Metrics

\`GET /metrics\` in the Prometheus text format: with \`METRICS_TOKEN\` as bearer token, or without one from private addresses only, and behind a proxy only if \`TRUST_PROXY\` names it.
\`METRICS_ENABLED=false\` switches it off. Labels come from bounded sets and never carry a key or a client's secret; what exceeds a bound counts as \`other\`.

| Name | Type | Labels | Meaning |
|---|---|---|---|
${rows.join('\n')}

## Worth an alert

\`deploy/prometheus/alerts.yml\` has them for Prometheus.

| Alert | True while | For | Do first |
|---|---|---|---|
${alerts.join('\n')}
`
}
