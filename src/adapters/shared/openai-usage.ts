// What answers of the OpenAI dialect say about the tokens they consumed: chat, completions, embeddings, responses, images.
import type { TokenUsage, UsageMeter } from '../../domain/usage.ts'
import { isRecord } from './error-body.ts'
import { createMessagesMeter } from './messages-usage.ts'
import { countOf, detailOf, hasCount } from './token-counts.ts'
import { createUsageMeter, type UsageReading } from './usage-scanner.ts'

const CHAT_PATH = /\/chat\/completions$/
const COMPLETIONS_PATH = /\/completions$/
const RESPONSES_PATH = /\/responses(?:\/compact)?$/
/** They write no text. */
const SILENT_PATH = /\/(?:embeddings|images\/(?:generations|edits)|rerank)$/

function readUsage(_member: string, value: unknown): UsageReading | undefined {
  if (!isRecord(value)) return undefined
  if (hasCount(value, 'prompt_tokens', 'completion_tokens')) return { usage: readChatUsage(value), isFinal: true }
  if (hasCount(value, 'input_tokens', 'output_tokens')) return { usage: readResponsesUsage(value), isFinal: true }
  return hasCount(value, 'total_tokens') ? { usage: createUsage(countOf(value['total_tokens']), 0, 0, 0, 0), isFinal: true } : undefined
}

/** Some vendors count what a model thinks beside `completion_tokens` instead of in it: then the total is more than the sum. */
function readChatUsage(fields: Readonly<Record<string, unknown>>): TokenUsage {
  const input = countOf(fields['prompt_tokens'])
  const written = countOf(fields['completion_tokens'])
  const hidden = Math.max(0, countOf(fields['total_tokens']) - input - written)
  const reasoning = detailOf(fields, 'completion_tokens_details', 'reasoning_tokens') || countOf(fields['reasoning_tokens']) || hidden
  const cacheRead = detailOf(fields, 'prompt_tokens_details', 'cached_tokens') || countOf(fields['prompt_cache_hit_tokens']) || countOf(fields['cached_tokens'])
  return createUsage(input, written + hidden, cacheRead, detailOf(fields, 'prompt_tokens_details', 'cache_write_tokens'), reasoning)
}

function readResponsesUsage(fields: Readonly<Record<string, unknown>>): TokenUsage {
  const cacheRead = detailOf(fields, 'input_tokens_details', 'cached_tokens')
  const reasoning = detailOf(fields, 'output_tokens_details', 'reasoning_tokens')
  return createUsage(countOf(fields['input_tokens']), countOf(fields['output_tokens']), cacheRead, 0, reasoning)
}

/** Parts are never more than the whole. */
function createUsage(input: number, output: number, cacheRead: number, cacheWrite: number, reasoning: number): TokenUsage {
  const read = Math.min(cacheRead, input)
  return { input, output, cacheRead: read, cacheWrite: Math.min(cacheWrite, input - read), reasoning: Math.min(reasoning, output) }
}

const chat = createUsageMeter({
  model: 'model',
  usage: ['usage'],
  text: ['content', 'arguments', 'reasoning_content', 'reasoning', 'refusal'],
  read: readUsage,
})
const completions = createUsageMeter({ model: 'model', usage: ['usage'], text: ['text'], read: readUsage })
/** The last event repeats all that the deltas said. */
const responsesStream = createUsageMeter({ model: 'model', usage: ['usage'], text: ['delta'], read: readUsage })
const responses = createUsageMeter({ model: 'model', usage: ['usage'], text: ['text', 'arguments', 'refusal'], read: readUsage })
const silent = createUsageMeter({ model: 'model', usage: ['usage'], text: [], read: readUsage })

export function createOpenaiMeter(path: string, isEventStream: boolean): UsageMeter | undefined {
  if (CHAT_PATH.test(path)) return chat()
  if (COMPLETIONS_PATH.test(path)) return completions()
  if (RESPONSES_PATH.test(path)) return isEventStream ? responsesStream() : responses()
  if (SILENT_PATH.test(path)) return silent()
  return createMessagesMeter(path, isEventStream)
}
