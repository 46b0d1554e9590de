// Where traces and error reports go.
import type { Config } from '../config.ts'
import { parseReportAddress } from '../domain/report-address.ts'
import { Secret } from '../domain/secret.ts'
import type { TRACE_SAMPLERS } from './tracing-variables.ts'
import type { VariableReader } from './variable-reader.ts'

type Sampler = (typeof TRACE_SAMPLERS)[number]

const DEFAULT_ENDPOINT = 'http://localhost:4318'
const TRACES_PATH = '/v1/traces'
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e]*$/

export function readObservability(reader: VariableReader): Pick<Config, 'tracing' | 'propagatesTrace' | 'errorReports'> {
  return { tracing: readTracing(reader), propagatesTrace: reader.flag('OTEL_PROPAGATE_UPSTREAM') ?? false, errorReports: readErrorReports(reader) }
}

/** Everything is read, so that mistakes are found while it is off as well. */
function readTracing(reader: VariableReader): Config['tracing'] {
  const base = reader.baseUrl('OTLP_ENDPOINT')
  const whole = reader.baseUrl('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  const hasEndpoint = reader.isSet('OTLP_ENDPOINT') || reader.isSet('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  const isWanted = reader.flag('TRACING_ENABLED') ?? hasEndpoint
  const isDisabled = reader.flag('OTEL_SDK_DISABLED') ?? false
  const headers = reader.secret('OTEL_EXPORTER_OTLP_HEADERS')
  const parsed = parsePairs(headers?.reveal() ?? '', (name, value) => HEADER_NAME.test(name) && HEADER_VALUE.test(value))
  // The text may hold credentials and is not repeated.
  if (parsed === undefined) reader.problems.push('OTEL_EXPORTER_OTLP_HEADERS is not a list of headers. Write name=value,name=value, values percent-encoded.')
  const attributes = parsePairs(reader.text('OTEL_RESOURCE_ATTRIBUTES') ?? '', (name) => name !== '')
  if (attributes === undefined)
    reader.problems.push('OTEL_RESOURCE_ATTRIBUTES is not a list of attributes. Write name=value,name=value, values percent-encoded.')
  reader.choice('OTEL_EXPORTER_OTLP_PROTOCOL')
  const sampling = readSampling(reader)
  const serviceName = reader.text('SERVICE_NAME') as string
  if (!isWanted || isDisabled) return undefined
  return {
    url: whole ?? withTracesPath(base ?? DEFAULT_ENDPOINT),
    headers: new Secret(JSON.stringify(parsed ?? {})),
    serviceName,
    attributes: attributes ?? {},
    sampling,
  }
}

function withTracesPath(base: string): string {
  return base.endsWith(TRACES_PATH) ? base : base + TRACES_PATH
}

function readSampling(reader: VariableReader): NonNullable<Config['tracing']>['sampling'] {
  const sampler = reader.choice<Sampler>('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on'
  const text = reader.text('OTEL_TRACES_SAMPLER_ARG')
  const given = text === undefined ? 1 : Number(text)
  if (!(given >= 0 && given <= 1)) reader.problems.push(`OTEL_TRACES_SAMPLER_ARG is ${JSON.stringify(text?.slice(0, 80))}. Write a number from 0 to 1.`)
  const usesRatio = sampler.endsWith('traceidratio')
  if (text !== undefined && !usesRatio) reader.warnings.push(`OTEL_TRACES_SAMPLER_ARG has no effect with OTEL_TRACES_SAMPLER=${sampler}.`)
  return { ratio: usesRatio ? given : sampler.endsWith('always_on') ? 1 : 0, followsParent: sampler.startsWith('parentbased_') }
}

function readErrorReports(reader: VariableReader): Config['errorReports'] {
  const address = reader.secret('SENTRY_DSN')
  const environment = reader.text('SENTRY_ENVIRONMENT') as string
  if (address === undefined) return undefined
  if (parseReportAddress(address.reveal()) === undefined)
    reader.problems.push('SENTRY_DSN is not an address of a project. Write https://<key>@<host>/<project>.')
  return { address, environment }
}

/** undefined when an entry has no name, or is not what `isValid` wants. */
function parsePairs(text: string, isValid: (name: string, value: string) => boolean): Record<string, string> | undefined {
  const pairs: Record<string, string> = {}
  for (const entry of text.split(',')) {
    if (entry.trim() === '') continue
    const equals = entry.indexOf('=')
    const [name, value] = [entry.slice(0, equals).trim(), decode(entry.slice(equals + 1).trim())]
    if (equals < 1 || value === undefined || !isValid(name, value)) return undefined
    pairs[name] = value
  }
  return pairs
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
