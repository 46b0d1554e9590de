// What a request may consume, reckoned from its bytes before anybody knows: rather too much than too little.
import { limits } from '../limits.ts'
import { readMembers } from './json-member.ts'

export interface TokenEstimate {
  readonly input: number
  readonly output: number
}

const QUOTE = 0x22
/** A string of this many bytes whose beginning is base64 is a file, not a text. */
const FILE_BYTES_MIN = 4_096
const LOOKED_AT = 256
const BASE64 = /^[\w+/=-]*$/
/** What vendors call the most tokens that an answer may have, and the members that hold such a name. */
const OUTPUT_MAX = /^(?:max_tokens|max_completion_tokens|max_output_tokens|max_new_tokens|maxOutputTokens|maxTokens|num_predict|max_tokens_to_sample)$/
const SETTINGS = /^(?:generationConfig|generation_config|inferenceConfig|options|parameters)$/
const ANSWERS = /^(?:n|best_of|candidateCount|candidate_count)$/

/**
 * @param body undefined when it is not kept
 * @param bytes of the body, as far as the head says
 * @param isPlain false for an encoded body, in which nothing can be read
 */
export function estimateTokens(body: Buffer | undefined, bytes: number, isPlain: boolean): TokenEstimate {
  if (body === undefined || !isPlain) return { input: tokensOf(Math.max(bytes, body?.length ?? 0)), output: limits.outputTokensAssumed }
  const names: string[] = []
  const values = readMembers(body, (name) => (isWanted(name) ? names.push(name) > 0 : false)) ?? []
  let [output, answers] = [undefined as number | undefined, 1]
  const look = (name: string, value: unknown): void => {
    if (OUTPUT_MAX.test(name) && isAmount(value)) output = Math.max(output ?? 0, value)
    else if (ANSWERS.test(name) && isAmount(value)) answers = Math.max(answers, value)
    else if (SETTINGS.test(name) && typeof value === 'object' && value !== null) for (const [inner, one] of Object.entries(value)) look(inner, one)
  }
  for (const [index, name] of names.entries()) look(name, values[index])
  return { input: inputTokens(body), output: Math.min((output ?? limits.outputTokensAssumed) * answers, limits.outputTokensMax) }
}

function isWanted(name: string): boolean {
  return OUTPUT_MAX.test(name) || ANSWERS.test(name) || SETTINGS.test(name)
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function inputTokens(body: Buffer): number {
  return tokensOf(body.length) - savedByFiles(body)
}

/** A picture has far fewer tokens than its base64 has bytes. */
function savedByFiles(body: Buffer): number {
  if (body.length < FILE_BYTES_MIN) return 0
  let saved = 0
  for (let from = body.indexOf(QUOTE); from >= 0;) {
    const to = body.indexOf(QUOTE, from + 1)
    if (to < 0) break
    const beginning = body.toString('latin1', from + 1, Math.min(to, from + 1 + LOOKED_AT))
    // `data:image/png;base64,…` names what follows.
    const start = beginning.startsWith('data:') ? beginning.slice(beginning.indexOf(',') + 1) : beginning
    if (to - from > FILE_BYTES_MIN && BASE64.test(start)) saved += Math.max(0, tokensOf(to - from) - limits.mediaTokens)
    from = body.indexOf(QUOTE, to + 1)
  }
  return saved
}

function tokensOf(bytes: number): number {
  return Math.ceil(Math.max(0, bytes) / limits.bytesPerToken)
}
