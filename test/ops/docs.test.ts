import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Command } from 'commander'
import { expect, test } from '@jest/globals'
import { renderDocs } from '../../scripts/render-docs.ts'
import { createProgram } from '../../src/cli/program.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { VARIABLES } from '../../src/config/variables.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

test.each(Object.entries(renderDocs()))('%s says what the code says', (path, wanted) => {
  expect(read(path)).toBe(wanted)
})

function load(env: Readonly<Record<string, string | undefined>>) {
  return loadConfig(env, {
    build: 'lightweight',
    version: '1.2.3',
    defaultDataDir: 'data',
    workingDir: '/nowhere',
    terminal: false,
    readFile: () => '',
    secretsFile: { read: () => ({}), add: (_path, secrets) => secrets },
    generateSecret: () => crypto.randomUUID() + crypto.randomUUID(),
  })
}

test('a straight copy of .env.example starts, without a warning, with every default', () => {
  const env = parseEnv(read('.env.example'))
  const { secrets: _a, ...copied } = load(env)
  const { secrets: _b, ...bare } = load({})
  expect(copied).toEqual(bare)
  expect(copied.warnings).toEqual([])
  const named = [...read('.env.example').matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map((match) => match[1])
  expect(named.sort()).toEqual(Object.keys(VARIABLES).sort())
})

test('every variable in the table is read, and every field of the configuration is used', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  const loaders = sources.filter((path) => path.startsWith('config/') && !path.endsWith('variables.ts'))
  const loading = loaders.map((path) => read(join('src', path))).join('\n')
  for (const name of Object.keys(VARIABLES)) expect([name, loading.includes(`'${name}'`)]).toEqual([name, true])

  const users = sources.filter((path) => !path.startsWith('config')).map((path) => read(join('src', path))).join('\n') // prettier-ignore
  const unused = leavesOf(load({ ADMIN_PORT: '1' })).filter((name) => !new RegExp(`\\.${name}\\b|[{,] ${name}\\b`).test(users))
  expect(unused).toEqual([])
})

function leavesOf(value: object): string[] {
  return Object.entries(value).flatMap(([name, inner]) => [name, ...(name === 'timeouts' || name === 'shutdown' ? Object.keys(inner as object) : [])])
}

test('docs/cli.md names every command and option, and nothing else', () => {
  const noIo = { print: () => undefined, remark: () => undefined, readInput: async () => '', readFile: () => '', isTerminal: false, environment: {} }
  const build = { catalog: { build: 'lightweight', databases: [], caches: [] }, version: '1', defaults: {}, defaultDataDir: '', assetsDir: '' }
  const program = createProgram({ build, io: noIo, serve: async () => undefined, setExitCode: () => undefined })
  const leaves = program.commands.flatMap((command): [string, Command][] =>
    command.commands.length === 0 ? [[command.name(), command]] : command.commands.map((verb) => [`${command.name()} ${verb.name()}`, verb]),
  )
  const text = read('docs/cli.md')
  const rows = text.split('\n').filter((line) => line.startsWith('| `akr '))
  expect(rows.map((row) => /`akr ([a-z-]+(?: (?:list|add|rm))?)/.exec(row)?.[1]).sort()).toEqual(leaves.map(([name]) => name).sort())
  for (const [name, command] of leaves) {
    const row = rows.find((each) => new RegExp(`^\\| \`akr ${name}[ \`]`).test(each)) ?? ''
    for (const option of command.options) expect([name, row.includes(option.long ?? '?')]).toEqual([name, true])
  }
})
