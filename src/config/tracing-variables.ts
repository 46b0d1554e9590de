// The variables of tracing and error reports; the OTEL_ names are the standard's.
import type { Variable } from './variable.ts'

export const TRACE_SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

export const tracingVariables = {
  TRACING_ENABLED: {
    type: 'boolean',
    group: 'Tracing',
    defaultText: '`true` when an endpoint is given, else `false`',
    about: 'Sends traces with OpenTelemetry (OTLP over HTTP).',
  },
  OTLP_ENDPOINT: {
    type: 'url',
    aliases: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
    group: 'Tracing',
    defaultText: '`http://localhost:4318`',
    about: 'URL of the collector; `/v1/traces` is added to it.',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    type: 'url',
    group: 'Tracing',
    defaultText: '`<OTLP_ENDPOINT>/v1/traces`',
    about: 'The whole URL for traces, when it is not below `OTLP_ENDPOINT`.',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    type: 'secret',
    charsMin: 0,
    aliases: ['OTEL_EXPORTER_OTLP_TRACES_HEADERS'],
    group: 'Tracing',
    defaultText: 'none',
    about: 'Headers for the collector, as `name=value,name=value`; values may be percent-encoded.',
  },
  OTEL_EXPORTER_OTLP_PROTOCOL: {
    type: 'choice',
    choices: ['http/protobuf'],
    default: 'http/protobuf',
    aliases: ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'],
    group: 'Tracing',
    about: 'The protocol that is spoken; there is no other one.',
  },
  SERVICE_NAME: {
    type: 'text',
    default: 'api-key-rotator',
    aliases: ['OTEL_SERVICE_NAME'],
    group: 'Tracing',
    about: 'Name of this gateway in traces.',
  },
  OTEL_RESOURCE_ATTRIBUTES: {
    type: 'text',
    group: 'Tracing',
    defaultText: 'none',
    about: 'Attributes of every span, as `name=value,name=value`; values may be percent-encoded.',
  },
  OTEL_TRACES_SAMPLER: {
    type: 'choice',
    choices: TRACE_SAMPLERS,
    default: 'parentbased_always_on',
    group: 'Tracing',
    about: 'Which traces are recorded; with `parentbased_`, clients that send a `traceparent` decide for theirs.',
  },
  OTEL_TRACES_SAMPLER_ARG: {
    type: 'text',
    group: 'Tracing',
    defaultText: '1',
    about: 'Share of the traces that the samplers with `traceidratio` record, 0 to 1.',
  },
  OTEL_SDK_DISABLED: { type: 'boolean', default: false, group: 'Tracing', about: 'Switches tracing off, whatever else is set.' },
  OTEL_PROPAGATE_UPSTREAM: {
    type: 'boolean',
    default: false,
    group: 'Tracing',
    about: 'Sends `traceparent` and `tracestate` to upstreams. Otherwise they are taken out of every request.',
  },
  SENTRY_DSN: {
    type: 'secret',
    charsMin: 0,
    group: 'Error reports',
    defaultText: 'none are sent',
    about: 'Sends errors of the gateway itself to Sentry, or to what speaks its protocol (GlitchTip, Bugsink): `https://<key>@<host>/<project>`.',
  },
  SENTRY_ENVIRONMENT: { type: 'text', default: 'production', group: 'Error reports', about: 'Name of this installation in error reports.' },
} as const satisfies Record<string, Variable>
