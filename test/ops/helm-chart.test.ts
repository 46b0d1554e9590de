// What the Helm chart promises, read as text; with `helm` on the PATH also rendered.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { VARIABLES } from '../../src/config/variables.ts'
import { version } from '../../src/version.ts'

const ROOT = join(import.meta.dirname, '../..')
const CHART = 'deploy/helm/api-key-rotator'
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** Names that the product knows, `…_FILE` of secrets among them. */
const KNOWN = new Set(
  Object.entries(VARIABLES).flatMap(([name, variable]) => ('type' in variable && /^secret/.test(variable.type) ? [name, `${name}_FILE`] : [name])),
)

const templates = globSync(`${CHART}/templates/**/*`, { cwd: ROOT }).filter((path) => /\.(yaml|tpl|txt)$/.test(path))
const values = read(`${CHART}/values.yaml`)
const schema = JSON.parse(read(`${CHART}/values.schema.json`)) as Schema

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: unknown
}

const pathsOf = (node: Schema, prefix = ''): string[] =>
  Object.entries(node.properties ?? {}).flatMap(([name, inner]) => [`${prefix}${name}`, ...pathsOf(inner, `${prefix}${name}.`)])

test('its release is the product’s', () => {
  expect(read(`${CHART}/Chart.yaml`)).toMatch(new RegExp(`^appVersion: ${version.replaceAll('.', '\\.')}$`, 'm'))
})

test('templates use only values that the schema knows, and every value is used', () => {
  const known = pathsOf(schema)
  const used = new Set(templates.flatMap((path) => [...read(path).matchAll(/\.Values\.([a-zA-Z]+(?:\.[a-zA-Z]+)?)/g)].map(([, name]) => name as string)))
  const isKnown = (name: string): boolean =>
    known.includes(name) || (known.includes(name.split('.')[0] as string) && !known.some((path) => path.startsWith(`${name.split('.')[0]}.`)))
  expect([...used].filter((name) => !isKnown(name))).toEqual([])
  const top = Object.keys(schema.properties ?? {}).filter((name) => name !== 'global')
  expect(top.filter((name) => ![...used].some((path) => path === name || path.startsWith(`${name}.`)))).toEqual([])
  expect(top.filter((name) => !new RegExp(`^${name}:`, 'm').test(values))).toEqual([])
  expect([...values.matchAll(/^([a-zA-Z]+):/gm)].map(([, name]) => name as string).filter((name) => !top.includes(name))).toEqual([])
  expect(schema.additionalProperties).toBe(false)
})

test('blocks of templates are closed', () => {
  for (const path of templates) {
    const actions = [...read(path).matchAll(/\{\{-?\s*(if|with|range|define|end)\b/g)].map(([, word]) => word)
    const opened = actions.filter((word) => word !== 'end').length
    expect({ path, opened }).toEqual({ path, opened: actions.filter((word) => word === 'end').length })
  }
})

test('variables, probes and rights are those of the product', () => {
  const text = templates.map(read).join('\n')
  const named = [...text.matchAll(/(?:set \$variables|dict|"8000"|"8001"|"0\.0\.0\.0"|"json") "([A-Z][A-Z_]+)"/g)].map(([, name]) => name as string)
  expect(named.length).toBeGreaterThan(12)
  expect(named.filter((name) => !KNOWN.has(name))).toEqual([])
  const files = [...read(`${CHART}/values.schema.json`).matchAll(/"([a-z]+(?:_[a-z]+)+)"/g)].map(([, name]) => `${(name as string).toUpperCase()}_FILE`)
  expect(files.length).toBeGreaterThan(8)
  expect(files.filter((name) => !KNOWN.has(name))).toEqual([])
  const deployment = read(`${CHART}/templates/deployment.yaml`)
  for (const line of ['readOnlyRootFilesystem: true', 'allowPrivilegeEscalation: false', 'drop: [ALL]', 'runAsNonRoot: true', 'type: RuntimeDefault'])
    expect(deployment).toContain(line)
  expect(deployment).toMatch(/livenessProbe:\n\s+httpGet: \{ path: \/health\/live,/)
  expect(deployment).toMatch(/readinessProbe:\n\s+httpGet: \{ path: \/health\/ready,/)
  expect(deployment).toMatch(/terminationGracePeriodSeconds: \{\{ add \$shutdown\.preStop \$shutdown\.announce \$shutdown\.grace 5 \}\}/)
})

const helm = spawnSync('helm', ['version', '--short'], { encoding: 'utf8' })
const withHelm = helm.status === 0 ? test : test.skip
withHelm('helm renders it, with nothing set and for several replicas (skipped without helm)', () => {
  for (const more of [[], ['-f', `${CHART}/values-enterprise.yaml`]]) {
    for (const command of [
      ['lint', '--strict', CHART],
      ['template', 'gateway', CHART, '--kube-version', '1.31.0'],
    ]) {
      const { status, stderr, stdout } = spawnSync('helm', [...command, ...more], { cwd: ROOT, encoding: 'utf8' })
      expect({ command, status, told: status === 0 ? '' : stderr + stdout }).toEqual({ command, status: 0, told: '' })
    }
  }
})
