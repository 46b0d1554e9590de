// Owns the proof that canaries are found in every spelling and that a child process is watched to its end.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { CanaryScanner, createCanary } from './canaries.ts'
import { createTemporaryFolder, findFreePort } from './free-port.ts'
import { ChildUnderTest } from './process.ts'

test('a canary has 40 unique characters', () => {
  expect(createCanary('sk-')).toHaveLength(40)
  expect(createCanary()).not.toBe(createCanary())
})

test('the scanner finds every spelling in text and in files, and nothing where there is nothing', () => {
  const scanner = new CanaryScanner()
  const canary = scanner.create('sk-live/+')
  const spellings = [
    canary,
    encodeURIComponent(canary),
    Buffer.from(canary).toString('hex'),
    ...[0, 1, 2, 3].map((shift) => Buffer.from('#'.repeat(shift) + canary + '}').toString('base64')),
    Buffer.from(`{"k":"${canary}"}`).toString('base64url'),
    canary.slice(0, 12),
    canary.slice(-12),
  ]
  const folder = createTemporaryFolder()
  spellings.forEach((spelling, i) => writeFileSync(join(folder.path, `f${i}`), `before ${spelling} after`))
  const files = new Set(scanner.scanFiles(folder.path).map((leak) => leak.where))
  expect(files.size).toBe(spellings.length)
  expect(scanner.scan(`before ${canary.slice(0, 11)} ${createCanary()} after`, 'clean')).toEqual([])
  folder.remove()
  expect(existsSync(folder.path)).toBe(false)
})

test('a child process is watched: output, memory, exit', async () => {
  const script = `process.on('SIGTERM', () => process.exit(3)); console.log('ready on 1'); console.error('warned'); setInterval(() => {}, 1000)`
  const child = new ChildUnderTest(process.execPath, ['-e', script], { env: process.env })
  expect((await child.waitForOutput(/ready on (\d)/))[1]).toBe('1')
  expect(child.rssBytes()).toBeGreaterThan(1_000_000)
  expect(child.openFiles()).toBeGreaterThan(3)
  child.signal('SIGTERM')
  expect(await child.exit()).toEqual({ code: 3, signal: null })
  expect(child.stderr).toContain('warned')
  await expect(child.waitForOutput(/never/)).rejects.toThrow(/exited with/)
})

test('a free port is free', async () => {
  expect(await findFreePort()).toBeGreaterThan(1024)
})
