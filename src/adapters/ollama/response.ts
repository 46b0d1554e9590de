// What answers of Ollama's own API say about the tokens they consumed.
import { NO_USAGE, type UsageMeter } from '../../domain/usage.ts'
import { createOpenaiMeter } from '../shared/openai-usage.ts'
import { countOf } from '../shared/token-counts.ts'
import { createUsageMeter } from '../shared/usage-scanner.ts'

const own = createUsageMeter({
  model: 'model',
  usage: ['prompt_eval_count', 'eval_count'],
  text: ['content', 'response', 'thinking'],
  read: (member, value, before = NO_USAGE) => ({
    usage: member === 'eval_count' ? { ...before, output: countOf(value) } : { ...before, input: countOf(value) },
    isFinal: true,
  }),
})
const embed = createUsageMeter({
  model: 'model',
  usage: ['prompt_eval_count'],
  text: [],
  read: (_member, value) => ({ usage: { ...NO_USAGE, input: countOf(value) }, isFinal: true }),
})

export function createMeter(path: string, isEventStream: boolean): UsageMeter | undefined {
  if (/\/api\/(?:chat|generate)$/.test(path)) return own()
  return /\/api\/embed$/.test(path) ? embed() : createOpenaiMeter(path, isEventStream)
}
