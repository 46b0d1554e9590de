// Finds where JSON text goes wrong, so that a person can be told without repeating what they sent.

export interface JsonFault {
  /** 1-based. */
  readonly line: number
  readonly column: number
}

const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.\w])|(?:true|false|null)\b)/y

type Expectation = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'separator' | 'end'

/** Where the text stops being JSON; for valid JSON, its end. undefined when a string is too long to look at. */
export function findJsonFault(text: string): JsonFault | undefined {
  try {
    return scan(text)
  } catch {
    // The regular expression ran out of stack inside one string of many megabytes.
    return undefined
  }
}

function scan(text: string): JsonFault {
  const open: string[] = []
  let expected: Expectation = 'value'
  let position = 0
  for (;;) {
    TOKEN.lastIndex = position
    const match = TOKEN.exec(text)
    if (match === null) break
    const token = match[0].trimStart()
    const next = step(token, expected, open)
    if (next === undefined) break
    expected = next
    position = TOKEN.lastIndex
  }
  return locate(text, position + (/^[ \t\n\r]*/.exec(text.slice(position, position + 10_000))?.[0].length ?? 0))
}

/** What may follow the token; undefined when it must not stand here. */
function step(token: string, expected: Expectation, open: string[]): Expectation | undefined {
  const afterValue = (): Expectation => (open.length === 0 ? 'end' : 'separator')
  if (token === '}' || token === ']') {
    const opener = token === '}' ? '{' : '['
    const isAllowed = expected === 'separator' || expected === (token === '}' ? 'name or }' : 'value or ]')
    if (!isAllowed || open.pop() !== opener) return undefined
    return afterValue()
  }
  if (token === ',') return expected === 'separator' ? (open.at(-1) === '{' ? 'name' : 'value') : undefined
  if (token === ':') return expected === 'colon' ? 'value' : undefined
  if (expected === 'name' || expected === 'name or }') return token.startsWith('"') ? 'colon' : undefined
  if (expected !== 'value' && expected !== 'value or ]') return undefined
  if (token !== '{' && token !== '[') return afterValue()
  open.push(token)
  return token === '{' ? 'name or }' : 'value or ]'
}

function locate(text: string, position: number): JsonFault {
  const before = text.slice(0, position)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: position - lineStart + 1 }
}
