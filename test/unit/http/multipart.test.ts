// Forms are read as they come, wherever the chunks are cut.
import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '../../../src/errors.ts'
import { findBoundary, readForm } from '../../../src/http/multipart.ts'

const BOUNDARY = 'xyz-1'

async function* cut(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield Promise.resolve(bytes.subarray(at, at + size))
}

async function readAll(text: string, size = 1_000): Promise<{ name: string; filename: string | undefined; body: string }[]> {
  const parts = []
  for await (const { name, filename, body } of readForm(cut(text, size), BOUNDARY)) {
    const chunks: Buffer[] = []
    for await (const chunk of body) chunks.push(chunk)
    parts.push({ name, filename, body: Buffer.concat(chunks).toString() })
  }
  return parts
}

const FORM = [
  '--xyz-1',
  'Content-Disposition: form-data; name="purpose"',
  '',
  'batch',
  '--xyz-1',
  'Content-Disposition: form-data; name="file"; filename="a%22b \\"c\\".jsonl"',
  'Content-Type: application/octet-stream',
  '',
  '{"a":"\r\n--xyz-2 é"}\r\n--xyz\r\n',
  '--xyz-1--',
  '',
].join('\r\n')

describe('a form', () => {
  for (const size of [1, 2, 3, 7, 64, 10_000]) {
    test(`in chunks of ${size} bytes`, async () => {
      expect(await readAll(FORM, size)).toEqual([
        { name: 'purpose', filename: undefined, body: 'batch' },
        { name: 'file', filename: 'a"b "c".jsonl', body: '{"a":"\r\n--xyz-2 é"}\r\n--xyz\r\n' },
      ])
    })
  }

  test('parts that nobody reads are skipped', async () => {
    const names = []
    for await (const { name } of readForm(cut(FORM, 5), BOUNDARY)) names.push(name)
    expect(names).toEqual(['purpose', 'file'])
  })

  for (const [what, text] of [
    ['that ends too early', FORM.slice(0, -6)],
    ['without a boundary', 'hello'],
    ['with a part that has no name', '--xyz-1\r\nContent-Type: text/plain\r\n\r\nx\r\n--xyz-1--'],
    ['with endless headers', `--xyz-1\r\nX: ${'y'.repeat(10_000)}\r\n\r\nx\r\n--xyz-1--`],
  ] as const) {
    test(`${what} is refused`, async () => {
      await expect(readAll(text)).rejects.toThrow(GatewayError)
    })
  }
})

test('the boundary stands in the content type', () => {
  expect(findBoundary('multipart/form-data; boundary=abc')).toBe('abc')
  expect(findBoundary('Multipart/Form-Data; charset=utf-8; boundary="a b:c"')).toBe('a b:c')
  for (const type of [undefined, 'application/json', 'multipart/form-data', `multipart/form-data; boundary=${'x'.repeat(71)}`]) {
    expect(() => findBoundary(type)).toThrow(GatewayError)
  }
})
