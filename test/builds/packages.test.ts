// What the package files promise: one version, a lockfile that `npm ci` accepts everywhere, no install script that nobody looked at.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { findMissing, type Lockfile } from '../../scripts/complete-lockfile.ts'
import { version } from '../../src/version.ts'

const ROOT = join(import.meta.dirname, '../..')

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T
}

const lockfile = readJson<Lockfile & { packages: Record<string, { hasInstallScript?: boolean; resolved?: string; link?: boolean }> }>('package-lock.json')

test('the version is the same wherever it stands', () => {
  for (const path of ['package.json', 'builds/lightweight/package.json', 'builds/enterprise/package.json']) expect(readJson<{ version: string }>(path).version).toBe(version)
  expect(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')).toContain(`## [${version}]`)
})

test('every optional package of every platform has its entry (node scripts/complete-lockfile.ts adds them)', () => {
  expect(findMissing(lockfile)).toEqual([])
})

test('packages with an install script are listed with a decision in package.json, allowScripts', () => {
  const { allowScripts } = readJson<{ allowScripts: Record<string, boolean> }>('package.json')
  const withScript = Object.entries(lockfile.packages).flatMap(([path, entry]) =>
    entry.hasInstallScript === true ? [path.replace(/^.*node_modules\//, '')] : [],
  )
  expect(withScript.filter((name) => !Object.hasOwn(allowScripts, name))).toEqual([])
})

test('the lockfile names no download address', () => {
  expect(Object.entries(lockfile.packages).filter(([, { resolved, link }]) => resolved !== undefined && link !== true)).toEqual([])
})
