// One line per finished exchange, built by hand: it is written for every request and must cost next to nothing.
import type { TokenUsage } from '../../domain/usage.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ExchangeRecord } from '../../ports/exchange-record.ts'
import type { AccessLog } from '../../ports/logger.ts'
import type { LevelSwitch } from './level-switch.ts'
import type { RenderLine } from './log-line.ts'
import { flatten, RememberedPieces } from './remembered-pieces.ts'
import type { OutputQueue } from './output-queue.ts'
import { redactText } from '../../domain/redact.ts'

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
  readonly #constants: string
  /** What most lines repeat, ready to be used: by client key and path, and by client address and user agent. */
  readonly #middles = new RememberedPieces()
  readonly #tails = new RememberedPieces()
  readonly #models = new RememberedPieces()
  #stampMs = -1
  #head = ''

  /** @param constants fields of every line, e.g. `version` and `instance` */
  constructor({ output, clock, levels }: AccessLogDependencies, constants: Readonly<Record<string, string>>) {
    this.#output = output
    this.#clock = clock
    this.#levels = levels
    this.#constants = Object.entries(constants).reduce((tail, [name, value]) => `${tail},"${name}":${JSON.stringify(value)}`, '') + '}'
  }

  write(record: ExchangeRecord): void {
    if (!this.#levels.allows('info')) return
    // prettier-ignore
    let line =
      this.#headNow() + quote(record.requestId) + traceOf(record) + this.#middle(record) + record.status +
      ',"outcome":"' + record.outcome +
      '","attempts":' + record.attempts +
      ',"key_id":"' + record.keyId +
      '","duration_ms":' + toMicros(record.durationMs)
    if (record.overheadMs !== undefined) line += ',"overhead_ms":' + toMicros(record.overheadMs)
    if (record.firstByteMs !== undefined) line += ',"ttft_ms":' + toMicros(record.firstByteMs)
    line += (record.stream ? ',"stream":true,"bytes_in":' : ',"stream":false,"bytes_in":') + record.bytesIn + ',"bytes_out":' + record.bytesOut
    if (record.model !== '') line += this.#model(record.model)
    if (record.usage !== undefined) line += usageOf(record, record.usage)
    if (record.route !== '') line += ',"route":' + quote(record.route)
    if (record.errorCode !== '') line += ',"error_code":' + quote(record.errorCode)
    this.#output.write(line + this.#tail(record))
  }

  #headNow(): string {
    const nowMs = this.#clock.nowMs()
    if (nowMs !== this.#stampMs) {
      this.#stampMs = nowMs
      const stamp = new Date(nowMs).toISOString()
      this.#head = flatten(`{"ts":"${stamp}","level":"info","event":"proxy.request","msg":"request finished","request_id":`)
    }
    return this.#head
  }

  #middle({ upstream, kind, clientKeyId, method, path }: ExchangeRecord): string {
    const group = this.#middles.group(method === 'POST' ? upstream : `${method} ${upstream}`, clientKeyId)
    return (
      group.get(path) ??
      group.add(
        path,
        `,"upstream":${quote(upstream)},"kind":"${kind}","client_id":${quote(clientKeyId)},"method":${quote(method)},"path":${text(path)},"status":`,
      )
    )
  }

  #model(model: string): string {
    const group = this.#models.group('', '')
    return group.get(model) ?? group.add(model, ',"model":' + text(model))
  }

  #tail({ clientAddress, userAgent }: ExchangeRecord): string {
    const group = this.#tails.group('', clientAddress)
    return group.get(userAgent) ?? group.add(userAgent, `,"client_ip":${quote(clientAddress)},"user_agent":${text(userAgent)}${this.#constants}`)
  }
}

/** Hex digits, as made or checked by the gateway. */
function traceOf({ trace }: ExchangeRecord): string {
  return trace === undefined ? '' : ',"trace_id":"' + trace.traceId + '","span_id":"' + trace.spanId + '"'
}

function usageOf({ costMicroUsd, isUsageEstimated }: ExchangeRecord, { input, output }: TokenUsage): string {
  const cost = costMicroUsd === undefined ? '' : ',"cost_usd_est":' + costMicroUsd / 1e6
  return ',"input_tokens":' + input + ',"output_tokens":' + output + (isUsageEstimated ? ',"tokens_estimated":true' : '') + cost
}

/** Text that a client chose: redacted, cut and quoted. */
function text(value: string): string {
  return JSON.stringify(redactText(value.slice(0, TEXT_CHARS_MAX * 2)).slice(0, TEXT_CHARS_MAX))
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
    const { upstream, route, attempts, outcome, errorCode, keyId, requestId, model, usage } = record
    const message = `${record.method} ${upstream}${redactText(record.path).slice(0, TEXT_CHARS_MAX)} ${record.status} ${Math.round(record.durationMs)} ms`
    const fields = {
      outcome,
      ...(route === '' ? {} : { route }),
      ...(errorCode === '' ? {} : { error_code: errorCode }),
      ...(model === '' ? {} : { model: redactText(model) }),
      ...(usage === undefined ? {} : { input_tokens: usage.input, output_tokens: usage.output }),
      attempts,
      key_id: keyId,
      request_id: requestId,
      ...(record.trace === undefined ? {} : { trace_id: record.trace.traceId }),
    }
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
