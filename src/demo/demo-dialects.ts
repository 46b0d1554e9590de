// What the demo vendor says, in the shapes of the vendors it plays.

export interface DemoReply {
  readonly streamType: string
  whole(text: string): unknown
  begin(): string[]
  word(word: string, index: number): string
  end(text: string): string[]
}

const MODEL = 'demo-1'
const USAGE_IN = 8
const USAGE_OUT = 16

export const MODELS = {
  object: 'list',
  data: [{ id: MODEL, object: 'model', created: 1_760_000_000, owned_by: 'demo' }],
  models: [{ name: `models/${MODEL}` }],
}

function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

function event(name: string, value: object): string {
  return `event: ${name}\ndata: ${JSON.stringify({ type: name, ...value })}\n\n`
}

export function answerOpenAi(): DemoReply {
  const base = { id: 'chatcmpl-demo', created: 1_760_000_000, model: MODEL }
  const chunk = (delta: object, finish: string | null): string =>
    data({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })
  return {
    streamType: 'text/event-stream',
    whole: (text) => ({
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
      usage: { prompt_tokens: USAGE_IN, completion_tokens: USAGE_OUT, total_tokens: USAGE_IN + USAGE_OUT },
    }),
    begin: () => [chunk({ role: 'assistant', content: '' }, null)],
    word: (word) => chunk({ content: word }, null),
    // Last of all, as some vendors of the dialect do without being asked.
    end: () => [
      chunk({}, 'stop'),
      data({
        ...base,
        object: 'chat.completion.chunk',
        choices: [],
        usage: { prompt_tokens: USAGE_IN, completion_tokens: USAGE_OUT, total_tokens: USAGE_IN + USAGE_OUT },
      }),
      'data: [DONE]\n\n',
    ],
  }
}

export function answerResponses(): DemoReply {
  const output = (text: string): object[] => [
    { type: 'message', id: 'msg_demo', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] },
  ]
  const response = (status: string, text: string): object => ({
    id: 'resp_demo',
    object: 'response',
    created_at: 1_760_000_000,
    status,
    model: MODEL,
    output: status === 'completed' ? output(text) : [],
    usage: status === 'completed' ? { input_tokens: USAGE_IN, output_tokens: USAGE_OUT, total_tokens: USAGE_IN + USAGE_OUT } : null,
  })
  return {
    streamType: 'text/event-stream',
    whole: (text) => response('completed', text),
    begin: () => [event('response.created', { sequence_number: 0, response: response('in_progress', '') })],
    word: (word, index) =>
      event('response.output_text.delta', { sequence_number: index + 1, item_id: 'msg_demo', output_index: 0, content_index: 0, delta: word }),
    end: (text) => [event('response.completed', { sequence_number: 1_000, response: response('completed', text) })],
  }
}

export function answerAnthropic(): DemoReply {
  const base = { id: 'msg_demo', type: 'message', role: 'assistant', model: MODEL }
  return {
    streamType: 'text/event-stream',
    whole: (text) => ({
      ...base,
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: USAGE_IN, output_tokens: USAGE_OUT },
    }),
    begin: () => [
      event('message_start', {
        message: { ...base, content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: USAGE_IN, output_tokens: 1 } },
      }),
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ],
    word: (word) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: word } }),
    end: () => [
      event('content_block_stop', { index: 0 }),
      event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: USAGE_OUT } }),
      event('message_stop', {}),
    ],
  }
}

/** @param isSse `?alt=sse`; without it Gemini streams a JSON array */
export function answerGemini(isSse: boolean): DemoReply {
  const part = (text: string, finish?: string): object => ({
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...(finish === undefined ? {} : { finishReason: finish }) }],
    usageMetadata: { promptTokenCount: USAGE_IN, candidatesTokenCount: USAGE_OUT, totalTokenCount: USAGE_IN + USAGE_OUT },
    modelVersion: MODEL,
  })
  return {
    streamType: isSse ? 'text/event-stream' : 'application/json',
    whole: (text) => part(text, 'STOP'),
    begin: () => (isSse ? [] : ['[']),
    word: (word) => (isSse ? data(part(word)) : `${JSON.stringify(part(word))},\n`),
    end: () => (isSse ? [data(part('', 'STOP'))] : [`${JSON.stringify(part('', 'STOP'))}]`]),
  }
}
