import { inspect } from 'node:util'
import { expect, test } from '@jest/globals'
import { Secret } from '../../../src/domain/secret.ts'

test('a secret prints as a placeholder in every formatter and reads back only by reveal()', () => {
  const secret = new Secret('sk-live-canary')
  const printed = [
    String(secret),
    `${secret as unknown as string}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [secret] }),
    secret + '',
  ].join('|')
  expect(printed).not.toContain('canary')
  expect(printed).toContain('[secret]')
  expect(secret.reveal()).toBe('sk-live-canary')
})
