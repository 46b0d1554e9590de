// Browsers cannot set headers on a WebSocket: the clients of one dialect carry their key as a subprotocol.
import { findCredential } from '../credentials.ts'
import type { InboundHead } from '../guard.ts'

const PREFIX = 'openai-insecure-api-key.'

/** The head with such a key where other clients send theirs; the subprotocol itself never goes upstream. */
export function withoutProtocolCredential(head: InboundHead): InboundHead {
  if (!head.headers.some((name, index) => index % 2 === 0 && name === 'sec-websocket-protocol')) return head
  const headers: string[] = []
  let credential: string | undefined
  for (let i = 0; i < head.headers.length; i += 2) {
    const name = head.headers[i] as string
    let value = head.headers[i + 1] as string
    if (name === 'sec-websocket-protocol' && value.includes(PREFIX)) {
      const protocols = value.split(',').map((protocol) => protocol.trim())
      credential ??= protocols.find((protocol) => protocol.startsWith(PREFIX))?.slice(PREFIX.length)
      value = protocols.filter((protocol) => !protocol.startsWith(PREFIX)).join(', ')
      if (value === '') continue
    }
    headers.push(name, value)
  }
  const isNeeded = credential !== undefined && credential !== '' && findCredential(head, '', '') === undefined
  if (isNeeded) headers.push('authorization', `Bearer ${credential}`)
  return { ...head, headers }
}
