import { expect, test } from '@jest/globals'
import { limits } from '../../../src/limits.ts'
import { RejectionWatch } from '../../../src/services/rejection-watch.ts'

const WINDOW = limits.upstreamWideWindowMs

test('three different keys with the same reason within the window', () => {
  const watch = new RejectionWatch()
  expect(watch.rejected('a', '403', 0)).toBe(false)
  expect(watch.rejected('a', '403', 1)).toBe(false)
  expect(watch.rejected('b', '403', 2)).toBe(false)
  expect(watch.rejected('c', '401', 3)).toBe(false)
  expect(watch.rejected('c', '403', 4)).toBe(true)
  expect(watch.rejected('c', '403', 4 + WINDOW + 1)).toBe(false)
})

test('a success in the window says that the upstream is well', () => {
  const watch = new RejectionWatch()
  watch.served(10)
  for (const key of ['a', 'b', 'c', 'd']) expect(watch.rejected(key, '401', 11)).toBe(false)
  expect(watch.rejected('e', '401', 10 + WINDOW)).toBe(false)
  expect(watch.rejected('f', '401', 10 + WINDOW + 1)).toBe(true)
})
