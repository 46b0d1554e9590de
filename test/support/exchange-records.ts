// Complete records of exchanges; each call may change what matters to it.
import type { ExchangeRecord } from '../../src/ports/exchange-record.ts'

export function anExchangeRecord(changes: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    requestId: 'req_1',
    startedAtMs: Date.UTC(2026, 10, 20, 18, 30),
    upstream: 'openai',
    kind: 'llm',
    clientKeyId: 'cli_1',
    accountId: '',
    method: 'POST',
    path: '/v1/chat/completions',
    route: '',
    status: 200,
    outcome: 'ok',
    errorCode: '',
    attempts: 1,
    tries: [],
    keyId: 'key_1',
    stream: false,
    durationMs: 30,
    overheadMs: 0.3,
    firstByteMs: 20,
    bytesIn: 10,
    bytesOut: 20,
    clientAddress: '127.0.0.1',
    userAgent: 'test',
    model: '',
    usage: undefined,
    isUsageEstimated: false,
    costMicroUsd: undefined,
    trace: undefined,
    ...changes,
  }
}
