// Every attribute name of our spans in one place: those of OpenTelemetry's conventions, and our own below `akr.`.

/** Stable HTTP conventions. */
export const HTTP = {
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
  resendCount: 'http.request.resend_count',
  path: 'url.path',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  clientAddress: 'client.address',
  userAgent: 'user_agent.original',
  errorType: 'error.type',
} as const

/** GenAI conventions; in development, so a release may rename them. */
export const GEN_AI = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
} as const

export const AKR = {
  requestId: 'akr.request.id',
  upstream: 'akr.upstream.slug',
  route: 'akr.route.name',
  clientKey: 'akr.client_key.id',
  account: 'akr.account.id',
  key: 'akr.key.id',
  attempt: 'akr.attempt',
  attempts: 'akr.attempts',
  outcome: 'akr.outcome',
  reason: 'akr.reason',
  errorCode: 'akr.error_code',
  stream: 'akr.stream',
  bytesIn: 'akr.bytes_in',
  bytesOut: 'akr.bytes_out',
  overheadMs: 'akr.overhead_ms',
  firstByteMs: 'akr.first_byte_ms',
  costUsd: 'akr.cost_usd',
} as const
