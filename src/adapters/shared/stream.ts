// Server-sent events as text: splits the end of a stream into events, reads one event, renders one.
import { parseObject } from './error-body.ts'

export interface StreamEvent {
  /** Empty when the event has no `event:` line. */
  readonly name: string
  /** The `data:` lines, joined by newlines. */
  readonly data: string
}

export interface StreamTail {
  /** Complete events in wire order; the first may have lost its beginning. */
  readonly events: readonly StreamEvent[]
  /** What stands after the last blank line. */
  readonly rest: StreamEvent
  /** True when the first event is known to be whole. */
  readonly isWhole: boolean
}

const BLANK_LINE = /\r?\n\r?\n|\r\r/
/** How a stream begins, perhaps after a byte order mark (in latin1); a few letters alone are the begin of a field that was cut. */
const STREAM_START = /^(?:\u00ef\u00bb\u00bf)?(?:$|[\r\n:]|(?:data|event|id|retry)[:\r\n]|[a-z]{1,5}$)/

export function parseStreamTail(tail: string): StreamTail {
  const isWhole = STREAM_START.test(tail)
  // What is left of a line that began before the tail is read as data, by far the longest lines.
  const blocks = (isWhole ? tail : `data:${tail}`).split(BLANK_LINE)
  const rest = blocks.pop() as string
  return { events: blocks.map(parseEvent), rest: parseEvent(rest), isWhole }
}

/** A block without `data:` (comments, heartbeats) has empty data. */
export function parseEvent(block: string): StreamEvent {
  let name = ''
  const data: string[] = []
  for (const line of block.split(/\r\n|\r|\n/)) {
    if (line.startsWith('data:')) data.push(line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5))
    else if (line.startsWith('event:')) name = line.slice(6).trim()
  }
  return { name, data: data.join('\n') }
}

/**
 * Goes backwards over the events of a stream's end and asks what each says.
 * @param judge true = the answer is whole, false = it is not, undefined = this event says nothing, look at the one before
 * @returns undefined when the deciding event began before the tail
 */
export function judgeStreamEnd(tail: StreamTail, judge: (event: StreamEvent) => boolean | undefined): boolean | undefined {
  // Only a terminator may lack its blank line: anything else there was cut.
  if (tail.rest.data !== '') return isClosed(tail.rest.data) && judge(tail.rest) === true
  for (let i = tail.events.length - 1; i >= 0; i--) {
    const verdict = judge(tail.events[i] as StreamEvent)
    if (verdict === true || (verdict === false && (i > 0 || tail.isWhole))) return verdict
  }
  return tail.isWhole ? false : undefined
}

function isClosed(data: string): boolean {
  return data === '[DONE]' || parseObject(data) !== undefined
}

/** The blank line before it closes an event that broke off in the middle. ASCII only: some clients take U+2028 for a line end. */
export function renderStreamEvent(name: string, data: unknown): string {
  const json = JSON.stringify(data).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `\n\n${name === '' ? '' : `event: ${name}\n`}data: ${json}\n\n`
}
