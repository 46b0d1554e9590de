// In whose words the gateway speaks to a client when it has to say something itself.

export const DIALECTS = ['openai', 'anthropic', 'gemini', 'problem'] as const

/** `problem` is RFC 9457 application/problem+json, used on `/proxy` and on the management API. */
export type Dialect = (typeof DIALECTS)[number]
