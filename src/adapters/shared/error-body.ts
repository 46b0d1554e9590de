// What the bodies of error answers have in common: finds the machine-readable parts in whatever shape a vendor sends.

export interface ErrorBody {
  /** The vendor's own code, also when it is sent as a number; empty when there is none. */
  readonly code: string
  /** The vendor's class of error; empty when there is none. */
  readonly type: string
  /** For people; empty when there is none. */
  readonly message: string
  /** The object that holds the parts above. */
  readonly fields: Readonly<Record<string, unknown>>
}

/**
 * Reads `{"error":{…}}`, `{"error":"…"}`, `{"code","message"}`, `{"detail":…}` and an array of one of these.
 * @param text start of a body; broken or cut JSON gives undefined
 */
export function parseErrorBody(text: string): ErrorBody | undefined {
  const parsed = parseObject(text)
  if (parsed === undefined) return undefined
  const inner = parsed['error']
  if (isRecord(inner)) return createBody(inner)
  return createBody(typeof inner === 'string' ? { ...parsed, message: inner } : parsed)
}

/** A JSON object, or the first one of an array; undefined for anything else. Never throws. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const start = text.trimStart().charAt(0)
  if (start !== '{' && start !== '[') return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed
    return isRecord(first) ? first : undefined
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function createBody(fields: Readonly<Record<string, unknown>>): ErrorBody {
  return { code: text(fields['code']), type: text(fields['type']), message: text(fields['message'] ?? fields['detail'] ?? fields['msg']), fields }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}
