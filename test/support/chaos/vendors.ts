// Owns the chaos upstream's OpenAI-, Anthropic- and Gemini-shaped endpoints; tools and images in the request come back in the answer.
// Shapes follow the vendors' public API references (platform.openai.com, docs.anthropic.com, ai.google.dev).
import { responseObject, type StreamDialect } from './dialects.ts'
import type { ChaosExchange } from './exchange.ts'
import type { Routes } from './plain.ts'
import { streamEvents } from './stream.ts'

type Json = Record<string, unknown>

const WEATHER_ARGUMENTS = { city: 'Paris' }

function bodyOf(exchange: ChaosExchange): Json {
  try {
    return JSON.parse(exchange.entry.body.toString('utf8') || '{}') as Json
  } catch {
    return {}
  }
}

/** Counts the images of any dialect in a request, so that a test sees they arrived. */
function describe(body: Json): string {
  const text = JSON.stringify(body)
  const images = text.match(/"image_url":\{|"type":"input_image"|"type":"image"|"inlineData"|"inline_data"/g)?.length ?? 0
  return images === 0 ? 'Hello from chaos' : `I see ${images} image${images === 1 ? '' : 's'}`
}

function stream(exchange: ChaosExchange, dialect: StreamDialect, model: string): Promise<void> {
  return streamEvents(exchange, { dialect, count: exchange.number('n', 5), gapMs: exchange.number('gap', 2), end: exchange.query.get('end') ?? 'done', model })
}

function chatCompletions(exchange: ChaosExchange): void | Promise<void> {
  const body = bodyOf(exchange)
  const model = modelIn(body)
  if (body.stream === true) return stream(exchange, 'openai', model)
  const tools = body.tools as { function: { name: string } }[] | undefined
  const call = tools?.[0]?.function.name
  const message =
    call === undefined
      ? { role: 'assistant', content: describe(body), refusal: null }
      : {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: call, arguments: JSON.stringify(WEATHER_ARGUMENTS) } }],
        }
  exchange.json(200, {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1700000000,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: call === undefined ? 'stop' : 'tool_calls' }],
    usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
  })
}

function responses(exchange: ChaosExchange): void | Promise<void> {
  const body = bodyOf(exchange)
  const model = modelIn(body)
  if (body.stream === true) return stream(exchange, 'responses', model)
  const tools = body.tools as { name?: string }[] | undefined
  const answer = responseObject(model, describe(body)) as Json
  if (tools?.[0]?.name !== undefined) {
    answer.output = [
      { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: tools[0].name, arguments: JSON.stringify(WEATHER_ARGUMENTS), status: 'completed' },
    ]
  }
  exchange.json(200, answer)
}

function messages(exchange: ChaosExchange): void | Promise<void> {
  const body = bodyOf(exchange)
  const model = modelIn(body)
  if (body.stream === true) return stream(exchange, 'anthropic', model)
  const tools = body.tools as { name: string }[] | undefined
  const call = tools?.[0]?.name
  exchange.json(200, {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model,
    content: call === undefined ? [{ type: 'text', text: describe(body) }] : [{ type: 'tool_use', id: 'toolu_1', name: call, input: WEATHER_ARGUMENTS }],
    stop_reason: call === undefined ? 'end_turn' : 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 5 },
  })
}

function generateContent(exchange: ChaosExchange): void {
  const body = bodyOf(exchange)
  const tools = body.tools as { functionDeclarations?: { name: string }[] }[] | undefined
  const call = tools?.[0]?.functionDeclarations?.[0]?.name
  const part = call === undefined ? { text: describe(body) } : { functionCall: { name: call, args: WEATHER_ARGUMENTS } }
  exchange.json(200, {
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 5, totalTokenCount: 8 },
    modelVersion: modelOf(exchange.path),
  })
}

const modelIn = (body: Json): string => (typeof body.model === 'string' ? body.model : 'chaos-1')
const modelOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).split(':')[0] as string

function models(exchange: ChaosExchange): void {
  exchange.json(200, {
    object: 'list',
    data: ['chaos-1', 'chaos-2'].map((id) => ({ id, object: 'model', created: 1700000000, owned_by: 'chaos' })),
    has_more: false,
    first_id: 'chaos-1',
    last_id: 'chaos-2',
  })
}

function geminiModels(exchange: ChaosExchange): void {
  exchange.json(200, { models: [{ name: 'models/chaos-1', displayName: 'Chaos 1', supportedGenerationMethods: ['generateContent'] }] })
}

function embeddings(exchange: ChaosExchange): void {
  exchange.json(200, {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2, 0.3] }],
    model: 'chaos-1',
    usage: { prompt_tokens: 1, total_tokens: 1 },
  })
}

export const vendorRoutes: Routes = [
  [/\/v1\/chat\/completions$/, { run: chatCompletions }],
  [/\/v1\/responses$/, { run: responses }],
  [/\/v1\/messages$/, { run: messages }],
  [/\/v1\/messages\/count_tokens$/, { run: (exchange) => exchange.json(200, { input_tokens: 3 }) }],
  [/\/v1\/embeddings$/, { run: embeddings }],
  [/\/v1\/models$/, { run: models }],
  [/\/v1beta\/models$/, { run: geminiModels }],
  [/\/v1beta\/models\/[^/:]+:generateContent$/, { run: generateContent }],
  [/\/v1beta\/models\/[^/:]+:streamGenerateContent$/, { run: (exchange) => stream(exchange, 'gemini', modelOf(exchange.path)) }],
]
