import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from '@jest/globals'
import { StartupError } from '../../src/errors.ts'
import { secretsFile } from '../../src/infrastructure/secrets-file.ts'

const root = mkdtempSync(join(tmpdir(), 'akr-secrets-'))
afterAll(() => rmSync(root, { recursive: true }))

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError)
    expect((error as StartupError).exitCode).toBe(78)
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

test('secrets are stored for the owner only, without leftovers, and stay when more are added', () => {
  const path = join(root, 'new', 'dir', 'secrets.json')
  expect(secretsFile.read(path)).toEqual({})
  expect(secretsFile.add(path, { A: '1' })).toEqual({ A: '1' })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(secretsFile.add(path, { A: 'other', B: '2' })).toEqual({ A: '1', B: '2' })
  expect(secretsFile.read(path)).toEqual({ A: '1', B: '2' })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(root, 'new', 'dir'))).toEqual(['secrets.json'])
})

test('a file that cannot be trusted is a clear error that never quotes it', () => {
  const path = join(root, 'secrets.json')
  const cases: [string, number, RegExp][] = [
    ['{"A":"geheim-1', 0o600, /is damaged/],
    ['', 0o600, /is damaged/],
    ['["geheim-1"]', 0o600, /is damaged/],
    ['{"A":{"B":"geheim-1"}}', 0o600, /is damaged/],
    ['{"A":"geheim-1"}', 0o644, /is open to every user.*chmod 600/],
    ['{"A":"geheim-1"}', 0o602, /is open to every user.*chmod 600/],
    ['x'.repeat(70_000), 0o600, /is not a file that this gateway wrote/],
  ]
  for (const [text, mode, pattern] of cases) {
    writeFileSync(path, text)
    chmodSync(path, mode)
    for (const run of [() => secretsFile.read(path), () => secretsFile.add(path, { B: '2' })]) {
      const message = messageOf(run)
      expect(message).toMatch(pattern)
      expect(message).not.toContain('geheim')
    }
    expect(readFileSync(path, 'utf8')).toBe(text)
  }
  rmSync(path)
  mkdirSync(path)
  expect(messageOf(() => secretsFile.read(path))).toMatch(/is not a file/)
})

test('a directory that cannot be made or written is a clear error', () => {
  writeFileSync(join(root, 'file'), '')
  expect(messageOf(() => secretsFile.add(join(root, 'file', 'secrets.json'), { A: '1' }))).toMatch(/cannot be (read|stored)/)
  if (process.platform === 'linux')
    expect(messageOf(() => secretsFile.add('/proc/akr/secrets.json', { A: '1' }))).toMatch(/cannot be stored in \/proc\/akr\/secrets\.json \(ENOENT\)/)
})

test('processes that start at the same time end up with the same secrets', async () => {
  const path = join(root, 'race', 'secrets.json')
  const module = fileURLToPath(new URL('../../src/infrastructure/secrets-file.ts', import.meta.url))
  const script = `const { secretsFile } = await import(${JSON.stringify(module)}); process.stdin.once('data', () => { console.log(JSON.stringify(secretsFile.add(${JSON.stringify(path)}, { A: 'by-' + process.pid }))); process.exit() }); console.log('ready')`
  const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]))
  const outputs = children.map((child) => {
    const chunks: string[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
    return chunks
  })
  await Promise.all(children.map((child) => once(child.stdout, 'data')))
  const closed = children.map((child) => once(child, 'close'))
  for (const child of children) child.stdin.write('go\n')
  await Promise.all(closed)
  const results = outputs.map((chunks) => chunks.join('').split('\n')[1])
  expect(new Set(results).size).toBe(1)
  expect(JSON.parse(results[0] as string)).toEqual(secretsFile.read(path))
})
