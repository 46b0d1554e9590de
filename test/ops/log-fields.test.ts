import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from '@jest/globals'
import { FIELD_NAMES } from '../../src/infrastructure/logging/fields.ts'

const src = join(import.meta.dirname, '../../src')
const METHODS = new Set(['log', 'error', 'warn', 'info', 'debug'])

/** Calls of a logger with a literal event, as `logger.warn('key.event_lost', …, { error })`. */
function findLogCalls(): { file: string; event: string; fields: string[] }[] {
  const calls: { file: string; event: string; fields: string[] }[] = []
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))) {
    const visit = (node: ts.Node): void => {
      if (
        ts.isCallExpression(node) &&
        ts.isPropertyAccessExpression(node.expression) &&
        METHODS.has(node.expression.name.text) &&
        /logger/i.test(node.expression.expression.getText())
      ) {
        const event = node.arguments.find(ts.isStringLiteral)
        const last = node.arguments.at(-1)
        const fields = last !== undefined && ts.isObjectLiteralExpression(last) ? last.properties.map((property) => property.name?.getText() ?? '…') : []
        if (event !== undefined) calls.push({ file, event: event.text, fields })
      }
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(file, readFileSync(join(src, file), 'utf8'), ts.ScriptTarget.Latest, true))
  }
  return calls
}

test('every field that the sources log is on the allow-list, and every event is noun.verb', () => {
  const calls = findLogCalls()
  expect(calls.length).toBeGreaterThan(10)
  expect(calls.filter(({ event }) => !/^[a-z_]+\.[a-z_]+$/.test(event))).toEqual([])
  expect(calls.flatMap(({ file, fields }) => fields.filter((field) => !FIELD_NAMES.has(field)).map((field) => `${file}: ${field}`))).toEqual([])
})

test('nothing in the sources writes to the console', () => {
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))) {
    expect([file, /\bconsole\.\w+\(/.test(readFileSync(join(src, file), 'utf8'))]).toEqual([file, false])
  }
})
