// Lines of batches: read in pieces, checked before anything is sent.
import { describe, expect, test } from '@jest/globals'
import { isBatchEndpoint, parseBatchLine } from '../../../src/domain/batch-line.ts'
import { limits } from '../../../src/limits.ts'
import { checkLines, unusableFaults } from '../../../src/services/batch-check.ts'
import { type FileLine, readLines } from '../../../src/services/batch-lines.ts'

const ENDPOINT = '/v1/chat/completions'
const line = (change: object = {}): string =>
  JSON.stringify({ custom_id: 'a', method: 'POST', url: ENDPOINT, body: { model: 'vendor/m', messages: [] }, ...change })

async function* pieces(...texts: string[]): AsyncGenerator<string> {
  for (const text of texts) yield Promise.resolve(text)
}

async function lines(...texts: string[]): Promise<FileLine[]> {
  const all = []
  for await (const one of readLines(pieces(...texts))) all.push(one)
  return all
}

describe('lines', () => {
  test('cut anywhere, with any ends, empty ones left out', async () => {
    const expected = [
      { number: 1, text: 'a' },
      { number: 3, text: 'bc' },
      { number: 4, text: 'd' },
    ]
    expect(await lines('\uFEFFa\r\n', '\n', 'b', '', 'c\nd')).toEqual(expected)
    expect(await lines('a\n\nbc\nd\n')).toEqual(expected)
    expect(await lines()).toEqual([])
  })

  test('one that is too long has no text, and the next one has', async () => {
    const long = 'x'.repeat(limits.batchLineBytesMax / 2)
    expect(await lines(long, long, 'x', '\nok')).toEqual([
      { number: 1, text: undefined },
      { number: 2, text: 'ok' },
    ])
  })
})

describe('a line', () => {
  test('names its upstream in the model, or in the url', () => {
    expect(parseBatchLine(line(), ENDPOINT)).toEqual({ customId: 'a', target: { slug: 'vendor', rest: ENDPOINT, model: 'm' } })
    expect(parseBatchLine(line({ body: { model: 'vendor/org/m' } }), ENDPOINT)).toMatchObject({ target: { slug: 'vendor', model: 'org/m' } })
    const url = '/llm/other/v1/messages'
    expect(parseBatchLine(line({ url }), url)).toEqual({ customId: 'a', target: { slug: 'other', rest: '/v1/messages', model: undefined } })
  })

  for (const [change, code] of [
    [{ custom_id: undefined }, 'missing_required_parameter'],
    [{ custom_id: '' }, 'missing_required_parameter'],
    [{ custom_id: 'x'.repeat(513) }, 'invalid_custom_id'],
    [{ method: 'GET' }, 'invalid_method'],
    [{ url: '/v1/embeddings' }, 'mismatched_url'],
    [{ body: [] }, 'missing_required_parameter'],
    [{ body: { model: 'vendor/m', stream: true } }, 'stream_not_allowed'],
    [{ body: { model: 'm' } }, 'model_not_found'],
    [{ body: { model: '/m' } }, 'model_not_found'],
    [{ body: { model: 'vendor/' } }, 'model_not_found'],
    [{ body: {} }, 'model_not_found'],
  ] as const) {
    test(`${JSON.stringify(change).slice(0, 60)} is ${code}`, () => {
      expect(parseBatchLine(line(change), ENDPOINT)).toMatchObject({ code })
    })
  }

  test('no JSON, no object', () => {
    for (const text of ['{', '[]', 'null', '"x"']) expect(parseBatchLine(text, ENDPOINT)).toMatchObject({ code: 'invalid_json_line' })
  })

  test('endpoints', () => {
    expect(isBatchEndpoint('/v1/chat/completions')).toBe(true)
    expect(isBatchEndpoint('/llm/a-b/v1/x')).toBe(true)
    for (const endpoint of ['/v1/models', '/llm/a', '/llm/A/v1/x', '/llm/a/v1/x?y=1', '/proxy/a/x', '/llm/a/v1/x#y'])
      expect(isBatchEndpoint(endpoint)).toBe(false)
  })
})

describe('the check', () => {
  const check = (text: string) => checkLines(readLines(pieces(text)), ENDPOINT, new AbortController().signal)

  test('counts lines and names the upstreams with their first line', async () => {
    const text = [line(), line({ custom_id: 'b', body: { model: 'other/m' } }), line({ custom_id: 'c' })].join('\n')
    const { total, faults, slugs } = await check(text)
    expect({ total, faults, slugs: [...slugs] }).toEqual({
      total: 3,
      faults: [],
      slugs: [
        ['vendor', 1],
        ['other', 2],
      ],
    })
    expect(unusableFaults(slugs, new Set(['vendor']))).toEqual([expect.objectContaining({ code: 'model_not_found', line: 2 })])
  })

  test('tells the line of each fault, and not endlessly many', async () => {
    expect((await check('')).faults).toEqual([expect.objectContaining({ code: 'empty_file' })])
    expect((await check(`${line()}\n${line()}`)).faults).toEqual([expect.objectContaining({ code: 'duplicate_custom_id', line: 2 })])
    expect((await check('{\n'.repeat(1_000))).faults).toHaveLength(limits.batchFaultsMax)
  })

  test('more lines than a batch may have', async () => {
    const text = Array.from({ length: limits.batchLinesMax + 1 }, (_, index) => line({ custom_id: String(index) })).join('\n')
    expect((await check(text)).faults).toEqual([expect.objectContaining({ code: 'too_many_lines', line: limits.batchLinesMax + 1 })])
  })
})
