// One line per finished exchange, built by hand: it is written for every request and must cost next to nothing.
import type { Clock } from '../../ports/clock.ts'
import type { AccessLog, ExchangeRecord } from '../../ports/logger.ts'
import type { LevelSwitch } from './level-switch.ts'
import type { RenderLine } from './log-line.ts'
import type { OutputQueue } from './output-queue.ts'
import { redactText } from './redact.ts'

/** Different paths and user agents that are remembered in rendered form; above it they are forgotten and start anew. */
const REMEMBERED_MAX = 1_000
const TEXT_CHARS_MAX = 512
const PLAIN = /^[\w.:/ ()-]*$/

interface AccessLogDependencies {
  readonly output: OutputQueue
  readonly clock: Clock
  readonly levels: LevelSwitch
}

/** Written at level `info`. */
export class JsonAccessLog implements AccessLog {
  readonly #output: OutputQueue
  readonly #clock: Clock
  readonly #levels: LevelSwitch
  readonly #tail: string
  readonly #remembered = new Map<string, string>()
  #stampMs = -1
  #stamp = ''

  /** @param constants fields of every line, e.g. `version` and `instance` */
  constructor({ output, clock, levels }: AccessLogDependencies, constants: Readonly<Record<string, string>>) {
    this.#output = output
    this.#clock = clock
    this.#levels = levels
    this.#tail = Object.entries(constants).reduce((tail, [name, value]) => `${tail},"${name}":${JSON.stringify(value)}`, '') + '}'
  }

  write(record: ExchangeRecord): void {
    if (!this.#levels.allows('info')) return
    // prettier-ignore
    let line =
      '{"ts":"' + this.#now() +
      '","level":"info","event":"proxy.request","msg":"request finished","request_id":' + quote(record.requestId) +
      ',"upstream":' + quote(record.upstream) +
      ',"kind":"' + record.kind +
      '","client_id":' + quote(record.clientKeyId) +
      ',"method":' + quote(record.method) +
      ',"path":' + this.#text(record.path) +
      ',"status":' + record.status +
      ',"outcome":"' + record.outcome +
      '","attempts":' + record.attempts +
      ',"key_id":' + quote(record.keyId) +
      ',"duration_ms":' + toMicros(record.durationMs)
    if (record.overheadMs !== undefined) line += ',"overhead_ms":' + toMicros(record.overheadMs)
    if (record.firstByteMs !== undefined) line += ',"ttft_ms":' + toMicros(record.firstByteMs)
    line += ',"stream":' + record.stream + ',"bytes_in":' + record.bytesIn + ',"bytes_out":' + record.bytesOut
    if (record.errorCode !== '') line += ',"error_code":' + quote(record.errorCode)
    this.#output.write(line + ',"client_ip":' + quote(record.clientAddress) + ',"user_agent":' + this.#text(record.userAgent) + this.#tail)
  }

  /** Text that a client chose: redacted and quoted, and remembered, because most requests repeat it. */
  #text(text: string): string {
    const known = this.#remembered.get(text)
    if (known !== undefined) return known
    const redacted = redactText(text.slice(0, TEXT_CHARS_MAX * 2))
    const quoted = JSON.stringify(redacted.slice(0, TEXT_CHARS_MAX))
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear()
    if (text.length <= TEXT_CHARS_MAX) this.#remembered.set(text, quoted)
    return quoted
  }

  #now(): string {
    const nowMs = this.#clock.nowMs()
    if (nowMs !== this.#stampMs) {
      this.#stampMs = nowMs
      this.#stamp = new Date(nowMs).toISOString()
    }
    return this.#stamp
  }
}

/** Written at level `info`, for people. */
export class PrettyAccessLog implements AccessLog {
  readonly #dependencies: AccessLogDependencies
  readonly #render: RenderLine

  constructor(dependencies: AccessLogDependencies, render: RenderLine) {
    this.#dependencies = dependencies
    this.#render = render
  }

  write(record: ExchangeRecord): void {
    const { levels, clock, output } = this.#dependencies
    if (!levels.allows('info')) return
    const { upstream, attempts, outcome, errorCode, keyId, requestId } = record
    const message = `${record.method} ${upstream}${redactText(record.path).slice(0, TEXT_CHARS_MAX)} ${record.status} ${Math.round(record.durationMs)} ms`
    const fields = { outcome, ...(errorCode === '' ? {} : { error_code: errorCode }), attempts, key_id: keyId, request_id: requestId }
    output.write(this.#render({ atMs: clock.nowMs(), level: record.status >= 500 ? 'warn' : 'info', event: 'proxy.request', message, fields }))
  }
}

function quote(text: string): string {
  return PLAIN.test(text) ? '"' + text + '"' : JSON.stringify(text)
}

const THOUSANDTHS = Array.from({ length: 1000 }, (_, i) => (i === 0 ? '' : '.' + String(i).padStart(3, '0')))

/** ms with three decimals; faster than printing a fraction, which is most of a line's cost otherwise. */
function toMicros(ms: number): string {
  const micros = Math.round(ms * 1000)
  return Math.floor(micros / 1000) + (THOUSANDTHS[micros % 1000] ?? '')
}
