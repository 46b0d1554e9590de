// The client's connection while its handshake is under way: it takes an ordinary answer, or becomes one end of a tunnel.
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { limits } from '../../limits.ts'
import { closeAfter, isClosing } from '../early-answer.ts'

function ignore(): void {}

/** Node lets go of a connection at an upgrade request even while it still owes the answer to an earlier one. */
interface WithAnswer {
  readonly _httpMessage?: ServerResponse | null
}

/** True when the connection is no place for a WebSocket: something is answered on it, which is finished, and then it is closed. */
export function isTaken(socket: Socket): boolean {
  const earlier = (socket as WithAnswer)._httpMessage
  if (earlier === undefined || earlier === null) {
    if (!isClosing(socket)) return false
    socket.on('error', ignore)
    socket.destroySoon()
    return true
  }
  socket.on('error', ignore)
  closeAfter(earlier.req, earlier)
  earlier.once('finish', () => socket.destroySoon())
  earlier.once('close', () => socket.destroySoon())
  return true
}

export class Caller {
  readonly response: ServerResponse
  readonly #socket: Socket
  #discarded = 0
  hasSwitched = false
  /** Called with the first byte that comes before its time. */
  onEarlyBytes: () => void = ignore

  /** Node has taken its own listeners off the socket, so everything it did for an answer is done here. */
  constructor(request: IncomingMessage, socket: Socket) {
    this.#socket = socket
    socket.setTimeout(0)
    socket.on('error', ignore)
    this.response = new ServerResponse(request)
    this.response.assignSocket(socket)
    closeAfter(request, this.response)
    this.response.once('finish', () => this.#finish())
    socket.on('drain', this.#onDrain)
    socket.on('timeout', this.#onTimeout)
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
  }

  /** Sends the head of the 101; from here on the connection belongs to somebody else. */
  switch(head: string): Socket {
    const socket = this.release()
    socket.write(head, 'latin1')
    return socket
  }

  /** Lets go of the connection, which was not answered: somebody else agrees to the WebSocket. It is paused. */
  release(): Socket {
    this.hasSwitched = true
    const socket = this.#socket
    this.response.detachSocket(socket)
    socket.off('drain', this.#onDrain).off('timeout', this.#onTimeout).off('data', this.#onData).off('end', this.#onEnd)
    return socket.pause()
  }

  readonly #onDrain = (): void => void this.response.emit('drain')
  readonly #onTimeout = (): void => void this.#socket.destroy()
  /** Half a connection cannot carry a WebSocket: the client is gone. */
  readonly #onEnd = (): void => void (this.response.writableFinished ? this.#socket.destroySoon() : this.#socket.destroy())
  readonly #onData = (chunk: Buffer): void => {
    this.#discarded += chunk.length
    if (this.#discarded > limits.discardedBytesMax) this.#socket.pause()
    if (!this.response.headersSent) this.onEarlyBytes()
  }

  /** Closing at once would reset the connection when unread bytes are left, and take the answer with it. */
  #finish(): void {
    this.#socket.end()
    setTimeout(() => this.#socket.destroy(), limits.lingerMs).unref()
  }
}
