// OpenAI itself.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const openai = {
  ...openaiCompatible,
  name: 'openai',
  title: 'OpenAI',
  defaultBaseUrl: 'https://api.openai.com/v1',
  // Exact lengths and parts, because keys of other vendors, and the gateway's own, begin with `sk-` too.
  keyPattern: /^sk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{20,}T3BlbkFJ[A-Za-z0-9]{20,}|[A-Za-z0-9]{48})$/,
  keyPrefixes: ['sk-svcacct-', 'sk-admin-', 'sk-proj-', 'sk-'],
} as const satisfies Adapter
