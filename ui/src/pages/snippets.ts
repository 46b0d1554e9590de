// Calls to copy, one per program that people use.
import type { Upstream } from '../api/types.ts'

/** The JSON welcome of the gateway, as far as it concerns addresses. */
export interface Welcome {
  readonly public_base_url: string | null
  readonly data_plane_port: number | null
}

type Snippets = Readonly<Record<string, string>>

const MODELS: Readonly<Record<string, string>> = { openai: 'gpt-5-mini', anthropic: 'claude-sonnet-4-5', gemini: 'gemini-2.5-flash' }
const PROMPT = 'Say hello in five words'

function lines(...texts: readonly string[]): string {
  return texts.join('\n')
}

function openai(base: string, key: string, model: string): Snippets {
  const chat = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: PROMPT }] })
  return {
    curl: lines(
      `curl -N ${base}/v1/chat/completions \\`,
      `  -H 'Authorization: Bearer ${key}' \\`,
      `  -H 'Content-Type: application/json' \\`,
      `  -d '${chat}'`,
    ),
    Python: lines(
      '# pip install openai',
      'from openai import OpenAI',
      `client = OpenAI(base_url="${base}/v1", api_key="${key}")`,
      `for chunk in client.chat.completions.create(model="${model}", stream=True,`,
      `        messages=[{"role": "user", "content": "${PROMPT}"}]):`,
      '    print(chunk.choices[0].delta.content or "", end="", flush=True)',
    ),
    'Node.js': lines(
      '// npm install openai',
      "import OpenAI from 'openai'",
      `const client = new OpenAI({ baseURL: '${base}/v1', apiKey: '${key}' })`,
      `const stream = await client.chat.completions.create({ model: '${model}', stream: true,`,
      `  messages: [{ role: 'user', content: '${PROMPT}' }] })`,
      "for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '')",
    ),
    Codex: lines(
      '# ~/.codex/config.toml',
      'model_provider = "gateway"',
      '[model_providers.gateway]',
      'name = "gateway"',
      `base_url = "${base}/v1"`,
      'env_key = "GATEWAY_KEY"',
      'wire_api = "responses"',
      `# export GATEWAY_KEY=${key}`,
    ),
    'Any program': lines(`OPENAI_BASE_URL=${base}/v1`, `OPENAI_API_KEY=${key}`),
  }
}

function anthropic(base: string, key: string, model: string): Snippets {
  const message = JSON.stringify({ model, max_tokens: 100, stream: true, messages: [{ role: 'user', content: PROMPT }] })
  return {
    'Claude Code': lines('unset ANTHROPIC_API_KEY', `export ANTHROPIC_BASE_URL=${base}`, `export ANTHROPIC_AUTH_TOKEN=${key}`, 'claude'),
    curl: lines(
      `curl -N ${base}/v1/messages \\`,
      `  -H 'x-api-key: ${key}' \\`,
      "  -H 'anthropic-version: 2023-06-01' \\",
      "  -H 'Content-Type: application/json' \\",
      `  -d '${message}'`,
    ),
    Python: lines(
      '# pip install anthropic',
      'from anthropic import Anthropic',
      `client = Anthropic(base_url="${base}", api_key="${key}")`,
      `with client.messages.stream(model="${model}", max_tokens=100,`,
      `        messages=[{"role": "user", "content": "${PROMPT}"}]) as stream:`,
      '    for text in stream.text_stream:',
      '        print(text, end="", flush=True)',
    ),
    'Node.js': lines(
      '// npm install @anthropic-ai/sdk',
      "import Anthropic from '@anthropic-ai/sdk'",
      `const client = new Anthropic({ baseURL: '${base}', apiKey: '${key}' })`,
      `const message = await client.messages.create({ model: '${model}', max_tokens: 100,`,
      `  messages: [{ role: 'user', content: '${PROMPT}' }] })`,
      'console.log(message.content)',
    ),
  }
}

function gemini(base: string, key: string, model: string): Snippets {
  const content = JSON.stringify({ contents: [{ parts: [{ text: PROMPT }] }] })
  return {
    curl: lines(
      `curl -N '${base}/v1beta/models/${model}:streamGenerateContent?alt=sse' \\`,
      `  -H 'x-goog-api-key: ${key}' \\`,
      "  -H 'Content-Type: application/json' \\",
      `  -d '${content}'`,
    ),
    Python: lines(
      '# pip install google-genai',
      'from google import genai',
      `client = genai.Client(api_key="${key}", http_options={"base_url": "${base}"})`,
      `print(client.models.generate_content(model="${model}", contents="${PROMPT}").text)`,
    ),
    'Node.js': lines(
      '// npm install @google/genai',
      "import { GoogleGenAI } from '@google/genai'",
      `const client = new GoogleGenAI({ apiKey: '${key}', httpOptions: { baseUrl: '${base}' } })`,
      `const answer = await client.models.generateContent({ model: '${model}', contents: '${PROMPT}' })`,
      'console.log(answer.text)',
    ),
    'Gemini CLI': lines(`export GOOGLE_GEMINI_BASE_URL=${base}`, `export GEMINI_API_KEY=${key}`, 'gemini'),
  }
}

function rest(base: string, key: string): Snippets {
  return {
    curl: lines(`curl ${base}/ \\`, `  -H 'X-Proxy-Key: ${key}'`),
    Python: lines('# pip install requests', 'import requests', `print(requests.get("${base}/", headers={"X-Proxy-Key": "${key}"}).text)`),
    'Node.js': lines(`const answer = await fetch('${base}/', { headers: { 'X-Proxy-Key': '${key}' } })`, 'console.log(await answer.text())'),
  }
}

/** @param base where clients call the upstream, without a trailing slash */
export function snippetsOf({ kind, managed_by }: Pick<Upstream, 'kind' | 'managed_by'>, dialect: string, base: string, key: string): Snippets {
  if (kind !== 'llm') return rest(base, key)
  const model = managed_by === 'demo' ? 'demo-1' : (MODELS[dialect] ?? 'MODEL')
  if (dialect === 'anthropic') return anthropic(base, key, model)
  return dialect === 'gemini' ? gemini(base, key, model) : openai(base, key, model)
}
