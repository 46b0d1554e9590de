// docs/adapters.md and the list of adapters say the same.
import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { ADAPTERS } from '../../src/adapters/index.ts'

const text = readFileSync(new URL('../../docs/adapters.md', import.meta.url), 'utf8')
const rows = [...text.matchAll(/^\| `([a-z0-9-]+)` \|(.*)\|$/gm)].map(([, name, rest]) => ({
  name,
  cells: (rest as string).split('|').map((cell) => cell.trim()),
}))

test('every adapter has a row, every row an adapter, in the same order', () => {
  expect(rows.map(({ name }) => name)).toEqual(ADAPTERS.map(({ name }) => name))
})

test.each(ADAPTERS.map((adapter, i) => [adapter.name, adapter, rows[i]?.cells ?? []] as const))(
  '%s: the row states the facts of the code',
  (_name, adapter, cells) => {
    const [title, baseUrl, key, probe, source, state] = cells as [string, string, string, string, string, string]
    expect(title).toBe(adapter.title)
    expect(baseUrl.split(' ')[0]).toBe(adapter.defaultBaseUrl ?? '–')
    expect(key).toContain(`\`${[`${adapter.keyPlacement.name}`, adapter.keyPlacement.prefix.trim()].filter((part) => part !== '').join(': ')}\``)
    expect(probe).toBe(adapter.probe === undefined ? '–' : `\`${adapter.probe.method} ${adapter.probe.path}\``)
    expect(source).not.toBe('')
    expect(state).toMatch(/verified/)
  },
)

test('every folder of a vendor is in the list', () => {
  const folders = readdirSync(new URL('../../src/adapters', import.meta.url), { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'shared',
  )
  expect(folders.map(({ name }) => name).sort()).toEqual(ADAPTERS.map(({ name }) => name as string).sort())
})
