// One listener by WebSocket: what it may say, and what it is told.
import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import { z } from 'zod'
import type { LiveEnd } from '../../domain/live-event.ts'
import { GatewayError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LiveEncoding, LiveListener } from '../../services/live/live-listener.ts'
import type { SignedIn } from '../../services/user-auth.ts'
import { forgetListener, type LiveServices, renderHello } from './live-services.ts'
import { LiveFilterBody, readSubscription } from './subscription.ts'

export interface LiveSocketDependencies extends LiveServices {
  readonly clock: Clock
  /** @throws GatewayError unauthenticated, forbidden */
  readonly authenticate: (token: string) => Promise<SignedIn>
}

const Message = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    topics: z.array(z.string().max(64)).max(32).optional(),
    filter: LiveFilterBody.optional(),
    last_event_id: z.string().max(128).optional(),
  }),
  z.strictObject({ type: z.literal('unsubscribe') }),
  z.strictObject({ type: z.literal('authenticate'), token: z.string().max(limits.liveMessageCharsMax) }),
  z.strictObject({ type: z.literal('ping') }),
])

/** Codes of RFC 6455 where there is one, else of our own. */
const CLOSE_CODES: Readonly<Record<LiveEnd, number>> = {
  shutting_down: 1001,
  too_many_messages: 1008,
  session_expired: 4001,
  session_revoked: 4003,
  too_slow: 4008,
  no_heartbeat: 4009,
}

const PING = Buffer.from([0x89, 0])

export const WEB_SOCKET: LiveEncoding = { name: 'websocket', encode: ({ json }) => textFrame(json) }

export class LiveSocket implements LiveListener {
  readonly encoding = WEB_SOCKET
  readonly #webSocket: WebSocket
  /** Frames that many listeners get are written to it as they are: between two frames of its own WebSocket there is always room. */
  readonly #socket: Socket
  readonly #dependencies: LiveSocketDependencies
  readonly #signedIn: SignedIn
  #unanswered = 0
  #messages = 0
  #countedSinceMs = 0
  #deadline: NodeJS.Timeout | undefined

  /** @throws GatewayError shutting_down, overloaded; then the WebSocket is the caller's to close */
  constructor(webSocket: WebSocket, socket: Socket, signedIn: SignedIn, dependencies: LiveSocketDependencies) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.#signedIn = signedIn
    this.#dependencies = dependencies
    dependencies.hub.add(this)
    dependencies.sessions.watch(this, signedIn)
    webSocket.on('message', (data, isBinary) => void this.#hear(data, isBinary))
    webSocket.on('pong', () => (this.#unanswered = 0))
    webSocket.once('close', () => {
      clearTimeout(this.#deadline)
      forgetListener(dependencies, this)
    })
    this.#say('hello', renderHello(dependencies, signedIn))
  }

  get waitingBytes(): number {
    return this.#socket.writableLength
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  beat(): void {
    if (this.#unanswered++ >= 2) this.#dependencies.hub.end(this, 'no_heartbeat')
    else this.#socket.write(PING)
  }

  end(reason: LiveEnd): void {
    this.#say('closing', { reason })
    this.#webSocket.close(CLOSE_CODES[reason], reason)
    this.#deadline = setTimeout(() => this.#webSocket.terminate(), limits.liveCloseMs).unref()
  }

  #say(type: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#socket.write(textFrame(JSON.stringify({ type, ...fields })))
  }

  async #hear(data: RawData, isBinary: boolean): Promise<void> {
    this.#unanswered = 0
    if (this.#isTalkative()) return this.#dependencies.hub.end(this, 'too_many_messages')
    try {
      const message = Message.safeParse(isBinary ? undefined : parse((data as Buffer).toString()))
      if (!message.success) throw new GatewayError('validation_failed', `This message is not understood: ${describe(message.error)}`)
      await this.#obey(message.data)
    } catch (error) {
      const known = error instanceof GatewayError ? error : new GatewayError('degraded', 'This cannot be done now. Try again in a moment.')
      this.#say('error', { code: known.code, message: known.message })
    }
  }

  async #obey(message: z.output<typeof Message>): Promise<void> {
    const { hub, sessions, authenticate } = this.#dependencies
    if (message.type === 'ping') return this.#say('pong')
    if (message.type === 'unsubscribe') {
      hub.unsubscribe(this)
      return this.#say('unsubscribed')
    }
    if (message.type === 'authenticate') {
      const signedIn = await authenticate(message.token)
      if (signedIn.user.id !== this.#signedIn.user.id) throw new GatewayError('forbidden', 'This token is of somebody else. Connect anew with it.')
      sessions.watch(this, signedIn)
      return this.#say('authenticated', { session_ends_at: new Date(signedIn.endsAtMs).toISOString() })
    }
    const { topics, filter = {}, last_event_id: lastEventId } = message
    const subscription = readSubscription(topics, filter, this.#signedIn.user.accountId)
    const missed = hub.subscribe(this, subscription, lastEventId)
    this.#say('subscribed', { topics: subscription.topics, filter, gap: missed === undefined })
    if (missed !== undefined && missed.count > 0) this.send(missed.bytesFor(this.encoding))
  }

  #isTalkative(): boolean {
    const nowMs = this.#dependencies.clock.monotonicMs()
    if (nowMs - this.#countedSinceMs >= 1_000) {
      this.#countedSinceMs = nowMs
      this.#messages = 0
    }
    return ++this.#messages > limits.liveMessagesMax
  }
}

/** A whole text message as a server sends it: final, unmasked (RFC 6455 §5.2). */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const { length } = payload
  const head = length < 126 ? Buffer.from([0x81, length]) : length < 65_536 ? Buffer.from([0x81, 126, length >> 8, length & 0xff]) : longHead(length)
  return Buffer.concat([head, payload])
}

function longHead(length: number): Buffer {
  const head = Buffer.alloc(10)
  head[0] = 0x81
  head[1] = 127
  head.writeBigUInt64BE(BigInt(length), 2)
  return head
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function describe({ issues }: z.ZodError): string {
  const [first] = issues
  const path = first?.path.join('.') ?? ''
  return `${path === '' ? '' : `${path}: `}${first?.message ?? 'invalid'}. See docs/events.md.`
}
