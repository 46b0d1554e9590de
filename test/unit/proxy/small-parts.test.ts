// Three small functions: masking a key in an error, guessing a name, and the list of what is in flight.
import { describe, expect, test } from '@jest/globals'
import { Secret } from '../../../src/domain/secret.ts'
import { InFlight, type InFlightEntry } from '../../../src/proxy/in-flight.ts'
import { maskKey } from '../../../src/proxy/mask-key.ts'
import { nearest } from '../../../src/proxy/nearest.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { createPseudoRandom } from '../pseudo-random.ts'

describe('maskKey', () => {
  const key = new Secret('sk-abcdef0123456789')

  test('every copy becomes stars of the same length', () => {
    const body = Buffer.from(`{"a":"${key.reveal()}","b":"x${key.reveal()}${key.reveal()}y"}`)
    const masked = maskKey(body, key)
    expect(masked).toHaveLength(body.length)
    expect(masked.toString()).toBe(body.toString().replaceAll(key.reveal(), '*'.repeat(key.reveal().length)))
    expect(body.toString()).toContain(key.reveal())
  })

  test('a body without the key, and an empty key, cost nothing', () => {
    const body = Buffer.from('{"error":"sk-abcdef012345678"}')
    expect(maskKey(body, key)).toBe(body)
    expect(maskKey(body, new Secret(''))).toBe(body)
  })

  test('a key that overlaps itself', () => {
    expect(maskKey(Buffer.from('aaaaa'), new Secret('aa')).toString()).toBe('****a')
  })
})

describe('nearest', () => {
  test.each([
    ['opneai', ['anthropic', 'openai', 'groq'], 'openai'],
    ['OpenAI', ['groq', 'openai'], 'openai'],
    ['claude', ['anthropic', 'gemini'], 'gemini'],
    ['x', [], undefined],
    ['', ['a', 'bb'], 'a'],
  ])('%s among %j: %s', (text, names, expected) => expect(nearest(text, names)).toBe(expected))

  test('hostile lengths and many names are bounded', () => {
    expect(
      nearest(
        'x'.repeat(100_000),
        Array.from({ length: 10_000 }, (_, index) => `name-${index}`),
      ),
    ).toBeDefined()
  })
})

interface Entry extends InFlightEntry {
  deadlineMs: number
  late: number
}

describe('InFlight', () => {
  const entry = (): Entry => ({
    deadlineMs: Infinity,
    inFlightIndex: -1,
    late: 0,
    onDeadline() {
      this.late++
    },
  })

  test('behaves like a set under random additions and removals', async () => {
    const random = createPseudoRandom(5)
    const list = new InFlight<Entry>(new FakeClock())
    const set = new Set<Entry>()
    for (let step = 0; step < 5_000; step++) {
      const some = random.pick([...set, entry()])
      if (set.has(some)) {
        list.remove(some)
        list.remove(some)
        set.delete(some)
      } else {
        list.add(some)
        set.add(some)
      }
      expect(list.size).toBe(set.size)
    }
    expect(new Set(list.list())).toEqual(set)
    const empty = list.whenEmpty()
    for (const one of set) list.remove(one)
    await empty
  })

  test('who is late is told at each look until it moves or leaves; one that leaves another’s look is not told', async () => {
    const clock = new FakeClock()
    const list = new InFlight<Entry>(clock)
    const [late, punctual, removed] = [entry(), entry(), entry()]
    for (const one of [late, punctual, removed]) list.add(one)
    late.deadlineMs = removed.deadlineMs = 100
    punctual.deadlineMs = 1_000
    late.onDeadline = () => {
      if (++late.late === 3) late.deadlineMs = Infinity
      list.remove(removed)
    }
    clock.advance(100)
    while (late.late < 3) await new Promise((resolve) => setTimeout(resolve, 10))
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect([late.late, punctual.late, removed.late]).toEqual([3, 0, 0])
    list.remove(late)
    list.remove(punctual)
  })
})
