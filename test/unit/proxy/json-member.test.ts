// Editing one member of a JSON body in bytes: everything else stays as the client sent it.
import { describe, expect, test } from '@jest/globals'
import { withMember, withoutMember } from '../../../src/proxy/json-member.ts'
import { createPseudoRandom, type PseudoRandom } from '../pseudo-random.ts'

const NAME = 'api_key'
const STRINGS = ['', 'a', 'api_key', '"', '\\', '{"api_key":"x"}', '],}{[', 'ключ', '密钥 🔑', '\u2028', 'tab\there', '\\"api_key\\":']
/** Spellings of the same name that JSON allows. */
const NAMES = ['"api_key"', '"api\\u005fkey"', '"\\u0061pi_key"', '"api_k\\u0065y"']
const SPACES = ['', ' ', '\n', '\t\r\n  ']

function renderValue(random: PseudoRandom, depth: number): string {
  const space = (): string => random.pick(SPACES)
  switch (random.below(depth > 3 ? 4 : 6)) {
    case 0:
      return JSON.stringify(random.pick(STRINGS))
    case 1:
      return random.pick(['0', '-1.5e+10', '1e400', '12345678901234567890'])
    case 2:
      return random.pick(['true', 'false', 'null'])
    case 3:
      return random.pick(['[]', '{}', '[[],{}]', `{"api_key":"nested"}`])
    case 4:
      return `[${space()}${Array.from({ length: random.below(4) }, () => renderValue(random, depth + 1)).join(`${space()},${space()}`)}${space()}]`
    default:
      return `{${space()}${Array.from({ length: random.below(4) }, (_, index) => `"k${index}"${space()}:${space()}${renderValue(random, depth + 1)}`).join(`${space()},${space()}`)}${space()}}`
  }
}

interface Part {
  readonly name: string
  readonly value: string
}

function renderObject(random: PseudoRandom, parts: readonly Part[]): string {
  const space = (): string => random.pick(SPACES)
  return `${space()}{${space()}${parts.map(({ name, value }) => `${name}${space()}:${space()}${value}`).join(`${space()},${space()}`)}${space()}}${space()}`
}

function randomParts(random: PseudoRandom): Part[] {
  return Array.from({ length: random.below(6) }, (_, index) => ({
    name: JSON.stringify(`${random.pick(STRINGS.filter((text) => text !== NAME))}${index}`),
    value: renderValue(random, 0),
  }))
}

/** The members as they stand in the text, without the one in question. */
function membersOf(text: string): [string, unknown][] {
  return Object.entries(JSON.parse(text) as Record<string, unknown>).filter(([name]) => name !== NAME)
}

describe('withoutMember', () => {
  test('2,000 random objects: the member is found wherever it stands, its value is read, all others keep their bytes', () => {
    const random = createPseudoRandom(11)
    for (let round = 0; round < 2_000; round++) {
      const parts = randomParts(random)
      const value = `sk-${random.pick(STRINGS)}-${round}`
      const at = random.below(parts.length + 1)
      const all = [...parts.slice(0, at), { name: random.pick(NAMES), value: JSON.stringify(value) }, ...parts.slice(at)]
      const text = renderObject(random, all)
      const taken = withoutMember(Buffer.from(text), NAME)
      expect(taken?.value).toBe(value)
      const rest = taken?.body.toString() as string
      expect(membersOf(rest)).toEqual(membersOf(text))
      expect(JSON.parse(rest)).not.toHaveProperty(NAME)
      for (const part of parts) expect(rest).toContain(part.value)
      expect(text.length - rest.length).toBeLessThan(value.length + 60)
    }
  })

  test('every copy goes: a second one must not reach the vendor either', () => {
    for (const copies of [2, 3, 7]) {
      for (const others of ['', '"model":"m",', '"model":"m","n":1,']) {
        const text = `{${others}${Array.from({ length: copies }, (_, index) => `"api_key":"sk-${index}"`).join(', ')}}`
        const taken = withoutMember(Buffer.from(text), NAME)
        expect(taken?.value).toBe('sk-0')
        expect(taken?.body.toString()).not.toContain('sk-')
        expect(JSON.parse(taken?.body.toString() as string)).toEqual(JSON.parse(`{${others.slice(0, -1)}}`))
      }
    }
  })

  test('a nested member of the same name, a value that looks like one, an array or a number are not it', () => {
    for (const text of [
      '{"a":{"api_key":"x"}}',
      '{"a":"\\"api_key\\":\\"x\\""}',
      '["api_key","x"]',
      '{"api_key":5}',
      '{"api_key":null}',
      '{"api_key":""}',
      '{}',
      '[]',
      '7',
      '"api_key"',
      '',
    ]) {
      expect(withoutMember(Buffer.from(text), NAME)).toBeUndefined()
    }
  })

  test('broken JSON before the member is left alone', () => {
    for (const text of ['{api_key:"x"}', '{"a" "api_key":"x"}', '{"a":[1,"api_key":"x"}', '{"a":"unfinished', '{"a":1;"api_key":"x"}', '{,"api_key":"x"}']) {
      expect(withoutMember(Buffer.from(text), NAME)).toBeUndefined()
    }
  })

  test('100,000 levels deep do not break the stack', () => {
    const text = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},"api_key":"sk"}`
    expect(withoutMember(Buffer.from(text), NAME)?.body.length).toBe(200_006)
  })

  test('bytes that are not UTF-8 stay what they are', () => {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('","api_key":"sk"}')])
    expect(withoutMember(body, NAME)?.body.equals(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('"}')]))).toBe(true)
  })
})

describe('withMember', () => {
  test('1,000 random objects: exactly one copy, with our value, and the rest as it was', () => {
    const random = createPseudoRandom(12)
    for (let round = 0; round < 1_000; round++) {
      const parts = randomParts(random)
      const all = [...parts]
      for (let copies = random.below(3); copies > 0; copies--)
        all.splice(random.below(all.length + 1), 0, { name: random.pick(NAMES), value: renderValue(random, 2) })
      const text = renderObject(random, all)
      const out = withMember(Buffer.from(text), NAME, 'sk-pool"\\\n').toString()
      expect((JSON.parse(out) as Record<string, unknown>)[NAME]).toBe('sk-pool"\\\n')
      expect(membersOf(out)).toEqual(membersOf(text))
      expect(withoutMember(Buffer.from(out), NAME)?.body.toString()).not.toContain('sk-pool')
    }
  })

  test('no body becomes an object with the key alone', () => {
    expect(withMember(undefined, 'token', 'x').toString()).toBe('{"token":"x"}')
  })

  test.each(['[1]', '"text"', '5', '', '   ', 'not json', '\ufeff{}'])('%j cannot take a key', (text) => {
    expect(() => withMember(Buffer.from(text), 'token', 'x')).toThrow(expect.objectContaining({ code: 'request_malformed' }))
  })

  test('a body of nothing but copies is cleaned in one pass', () => {
    const text = `{${Array.from({ length: 150_000 }, () => '"k":1').join(',')}}`
    const startedAtMs = performance.now()
    expect(withMember(Buffer.from(text), 'k', 'x').toString()).toBe('{"k":"x"}')
    // Removing one copy after another took minutes; the bound only tells minutes from moments.
    expect(performance.now() - startedAtMs).toBeLessThan(5_000)
  })
})
