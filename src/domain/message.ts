// The plain-data view of an HTTP message that rules and adapters work on.

/**
 * Flat list `[name, value, name, value, …]` in wire order, repeated names kept.
 * Names are lower case; values are latin1 strings as received.
 */
export type HeaderList = readonly string[]

export interface RequestHead {
  readonly method: string
  /** What follows the slug, still percent-encoded; always starts with `/`. */
  readonly path: string
  /** Raw query without the leading `?`; empty string when there is none. */
  readonly query: string
  readonly headers: HeaderList
}

export interface ResponseHead {
  readonly status: number
  readonly headers: HeaderList
}

/** First value of a header, or undefined. `name` must be lower case. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === name) return headers[i + 1]
  }
  return undefined
}

/** All values of a header in wire order. `name` must be lower case. */
export function headerValues(headers: HeaderList, name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === name) values.push(headers[i + 1] as string)
  }
  return values
}
