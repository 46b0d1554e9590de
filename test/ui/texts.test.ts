// The languages of the web UI say the same things, with the same gaps to fill.
import { expect, test } from '@jest/globals'
import en from '../../ui/src/i18n/en.ts'
import zh from '../../ui/src/i18n/zh.ts'

/** The same in every language. */
const SAME = ['product']

function flatten(messages: object, path = ''): [string, string][] {
  return Object.entries(messages).flatMap(([name, value]) =>
    typeof value === 'string' ? [[path + name, value] as [string, string]] : flatten(value as object, `${path}${name}.`),
  )
}

const gapsOf = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

test('Chinese has every text of English and no other, translated, with the same gaps', () => {
  const english = new Map(flatten(en))
  const chinese = new Map(flatten(zh))
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
  const problems = [...english].flatMap(([name, text]) => {
    const other = chinese.get(name) ?? ''
    const found: string[] = []
    if (other === text && !SAME.includes(name) && /[a-z]{2}/.test(text.replace(/\{\w+\}/g, ''))) found.push(`${name} is not translated`)
    if (JSON.stringify(gapsOf(other)) !== JSON.stringify(gapsOf(text))) found.push(`${name} has other gaps: ${other}`)
    if (text.split(' | ').length !== other.split(' | ').length) found.push(`${name} has other plural forms`)
    return found
  })
  expect(problems).toEqual([])
})
