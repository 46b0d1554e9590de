// Owns what a stream of each vendor looks like: its events, its terminator, its error event.
// Shapes follow the vendors' public API references (platform.openai.com, docs.anthropic.com, ai.google.dev).

export type StreamDialect = 'openai' | 'responses' | 'anthropic' | 'gemini' | 'plain'

const json = (value: unknown): string => JSON.stringify(value)

export const openings: Record<StreamDialect, (model: string) => string[]> = {
  openai: (model) => [`data: ${json({ ...openaiChunk(model), choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] })}\n\n`],
  responses: (model) => [
    `event: response.created\ndata: ${json({ type: 'response.created', sequence_number: 0, response: { id: 'resp_1', object: 'response', model, status: 'in_progress', output: [] } })}\n\n`,
  ],
  anthropic: (model) => [
    `event: message_start\ndata: ${json({ type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 3, output_tokens: 1 } } })}\n\n`,
    `event: content_block_start\ndata: ${json({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })}\n\n`,
    `event: ping\ndata: {"type":"ping"}\n\n`,
  ],
  gemini: () => [],
  plain: () => [],
}

export const deltas: Record<StreamDialect, (model: string, text: string, index: number) => string> = {
  openai: (model, text) => `data: ${json({ ...openaiChunk(model), choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })}\n\n`,
  responses: (_model, text, index) =>
    `event: response.output_text.delta\ndata: ${json({ type: 'response.output_text.delta', sequence_number: index + 1, item_id: 'item_1', output_index: 0, content_index: 0, delta: text })}\n\n`,
  anthropic: (_model, text) => `event: content_block_delta\ndata: ${json({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })}\n\n`,
  gemini: (model, text) => `data: ${json({ candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0 }], modelVersion: model })}\r\n\r\n`,
  plain: (_model, text, index) => `id: ${index}\ndata: ${text}\n\n`,
}

export const endings: Record<StreamDialect, (model: string, text: string) => string[]> = {
  openai: (model) => [`data: ${json({ ...openaiChunk(model), choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`, 'data: [DONE]\n\n'],
  responses: (model, text) => [
    `event: response.completed\ndata: ${json({ type: 'response.completed', sequence_number: 99, response: responseObject(model, text) })}\n\n`,
  ],
  anthropic: () => [
    `event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n`,
    `event: message_delta\ndata: ${json({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 5 } })}\n\n`,
    `event: message_stop\ndata: {"type":"message_stop"}\n\n`,
  ],
  gemini: (model) => [
    `data: ${json({ candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, finishReason: 'STOP', index: 0 }], usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 5, totalTokenCount: 8 }, modelVersion: model })}\r\n\r\n`,
  ],
  plain: () => [],
}

export const errorEvents: Record<StreamDialect, string> = {
  openai: `data: ${json({ error: { message: 'The server had an error', type: 'server_error', param: null, code: null } })}\n\n`,
  responses: `event: error\ndata: ${json({ type: 'error', code: 'server_error', message: 'The server had an error', param: null, sequence_number: 5 })}\n\n`,
  anthropic: `event: error\ndata: ${json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })}\n\n`,
  gemini: `data: ${json({ error: { code: 503, message: 'The model is overloaded', status: 'UNAVAILABLE' } })}\r\n\r\n`,
  plain: `event: error\ndata: broken\n\n`,
}

export function openaiChunk(model: string): object {
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1700000000, model }
}

export function responseObject(model: string, text: string): object {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1700000000,
    status: 'completed',
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model,
    output: [{ type: 'message', id: 'item_1', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] }],
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: [],
    usage: { input_tokens: 3, input_tokens_details: { cached_tokens: 0 }, output_tokens: 5, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 8 },
  }
}
