// What answers of the Messages API say about the tokens they consumed.
import type { UsageMeter } from '../../domain/usage.ts'
import { isRecord } from './error-body.ts'
import { isMessagesPath } from './messages-stream.ts'
import { countOf, hasCount } from './token-counts.ts'
import { createUsageMeter, type UsageReading, type UsageRules } from './usage-scanner.ts'

/**
 * `input_tokens` leaves out what the cache had or took, so those are added. A stream says the input first (`message_start`, with an
 * output that has only begun) and the output last (`message_delta`, cumulative).
 */
function createRules(isEventStream: boolean): UsageRules {
  return {
    model: 'model',
    usage: ['usage'],
    text: ['text', 'thinking', 'partial_json'],
    read: (_member, value, before): UsageReading | undefined => {
      if (!isRecord(value) || !hasCount(value, 'input_tokens', 'output_tokens')) return undefined
      const cacheRead = hasCount(value, 'cache_read_input_tokens') ? countOf(value['cache_read_input_tokens']) : (before?.cacheRead ?? 0)
      const cacheWrite = hasCount(value, 'cache_creation_input_tokens') ? countOf(value['cache_creation_input_tokens']) : (before?.cacheWrite ?? 0)
      const fresh = hasCount(value, 'input_tokens')
        ? countOf(value['input_tokens'])
        : before === undefined
          ? 0
          : before.input - before.cacheRead - before.cacheWrite
      const output = countOf(value['output_tokens'])
      const usage = { input: fresh + cacheRead + cacheWrite, output, cacheRead, cacheWrite, reasoning: 0 }
      return { usage, isFinal: !isEventStream || before !== undefined }
    },
  }
}

const ofStream = createUsageMeter(createRules(true))
const ofDocument = createUsageMeter(createRules(false))

export function createMessagesMeter(path: string, isEventStream: boolean): UsageMeter | undefined {
  if (!isMessagesPath(path)) return undefined
  return isEventStream ? ofStream() : ofDocument()
}
