// The pages for people: every link between them leads somewhere, the README stays short and shows commands that exist.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'

const ROOT = join(import.meta.dirname, '../..')
const PAGES = ['README.md', 'README.zh.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...globSync('docs/**/*.md', { cwd: ROOT })]
const README_LINES_MAX = 250

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

test('every relative link leads to a file', () => {
  const broken = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)\s#]+)[^)]*\)/g)]
      .map(([, link]) => link as string)
      .filter((link) => !existsSync(join(ROOT, dirname(page), link)))
      .map((link) => `${page} -> ${link}`),
  )
  expect(broken).toEqual([])
})

test('paths of sources that a page names exist', () => {
  const broken = PAGES.filter((page) => page !== 'CHANGELOG.md').flatMap((page) =>
    [...read(page).matchAll(/`((?:src|test|scripts|builds)\/[\w./-]+)`/g)]
      .map(([, path]) => path as string)
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `${page} -> ${path}`),
  )
  expect(broken).toEqual([])
})

test('the README is short, starts with the two commands, and every make target it names exists', () => {
  const readme = read('README.md')
  expect(readme.split('\n').length).toBeLessThanOrEqual(README_LINES_MAX)
  expect(readme).toMatch(/```\nmake start\nmake test\n```/)
  const makefile = read('Makefile')
  for (const page of PAGES) {
    for (const [, target] of read(page).matchAll(/`?\bmake ([a-z][a-z-]+)`/g))
      expect({ page, target, exists: new RegExp(`^${target}:`, 'm').test(makefile) }).toEqual({ page, target, exists: true })
  }
})

test('decisions are numbered without gaps or doubles', () => {
  const numbers = globSync('docs/decisions/*.md', { cwd: ROOT }).map((path) => Number(/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]))
  expect(numbers.sort((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1))
})
