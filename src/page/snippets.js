// Calls to copy: the real address and, when one was just issued, the real client key.
import { copyButton, el } from './dom.js'

let welcome = { public_base_url: null, data_plane_port: null }

/** @param answer the JSON welcome of the gateway */
export function learnAddress(answer) {
  welcome = answer
}

/** Where clients reach the data plane, without a trailing slash. */
export function baseUrl() {
  if (typeof welcome.public_base_url === 'string') return welcome.public_base_url
  return welcome.data_plane_port === null ? location.origin : `${location.protocol}//${location.hostname}:${welcome.data_plane_port}`
}

const MODELS = { openai: 'gpt-5-mini', anthropic: 'claude-sonnet-4-5', gemini: 'gemini-2.5-flash' }

function openaiSnippets(base, key, model) {
  const chat = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Say hello in five words' }] })
  return {
    curl: `curl -N ${base}/v1/chat/completions \\\n  -H 'Authorization: Bearer ${key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${chat}'`,
    Python: `# pip install openai\nfrom openai import OpenAI\nclient = OpenAI(base_url="${base}/v1", api_key="${key}")\nfor chunk in client.chat.completions.create(model="${model}", stream=True,\n        messages=[{"role": "user", "content": "Say hello in five words"}]):\n    print(chunk.choices[0].delta.content or "", end="", flush=True)`,
    'Node.js': `// npm install openai\nimport OpenAI from 'openai'\nconst client = new OpenAI({ baseURL: '${base}/v1', apiKey: '${key}' })\nconst stream = await client.chat.completions.create({ model: '${model}', stream: true,\n  messages: [{ role: 'user', content: 'Say hello in five words' }] })\nfor await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '')`,
    'Any program': `OPENAI_BASE_URL=${base}/v1\nOPENAI_API_KEY=${key}`,
  }
}

function anthropicSnippets(base, key, model) {
  const message = JSON.stringify({ model, max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'Say hello in five words' }] })
  return {
    curl: `curl -N ${base}/v1/messages \\\n  -H 'x-api-key: ${key}' \\\n  -H 'anthropic-version: 2023-06-01' \\\n  -H 'Content-Type: application/json' \\\n  -d '${message}'`,
    Python: `# pip install anthropic\nfrom anthropic import Anthropic\nclient = Anthropic(base_url="${base}", api_key="${key}")\nwith client.messages.stream(model="${model}", max_tokens=100,\n        messages=[{"role": "user", "content": "Say hello in five words"}]) as stream:\n    for text in stream.text_stream:\n        print(text, end="", flush=True)`,
    'Node.js': `// npm install @anthropic-ai/sdk\nimport Anthropic from '@anthropic-ai/sdk'\nconst client = new Anthropic({ baseURL: '${base}', apiKey: '${key}' })\nconst message = await client.messages.create({ model: '${model}', max_tokens: 100,\n  messages: [{ role: 'user', content: 'Say hello in five words' }] })\nconsole.log(message.content)`,
    'Claude Code': `unset ANTHROPIC_API_KEY\nexport ANTHROPIC_BASE_URL=${base}\nexport ANTHROPIC_AUTH_TOKEN=${key}\nclaude`,
  }
}

function geminiSnippets(base, key, model) {
  const content = JSON.stringify({ contents: [{ parts: [{ text: 'Say hello in five words' }] }] })
  return {
    curl: `curl -N '${base}/v1beta/models/${model}:streamGenerateContent?alt=sse' \\\n  -H 'x-goog-api-key: ${key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${content}'`,
    Python: `# pip install google-genai\nfrom google import genai\nclient = genai.Client(api_key="${key}", http_options={"base_url": "${base}"})\nprint(client.models.generate_content(model="${model}", contents="Say hello in five words").text)`,
    'Node.js': `// npm install @google/genai\nimport { GoogleGenAI } from '@google/genai'\nconst client = new GoogleGenAI({ apiKey: '${key}', httpOptions: { baseUrl: '${base}' } })\nconst answer = await client.models.generateContent({ model: '${model}', contents: 'Say hello in five words' })\nconsole.log(answer.text)`,
    'Gemini CLI': `export GOOGLE_GEMINI_BASE_URL=${base}\nexport GEMINI_API_KEY=${key}\ngemini`,
  }
}

/** @param upstream as the API shows it, @param dialect of its adapter */
function snippetsOf(upstream, dialect, key) {
  const base = baseUrl() + upstream.proxy_path
  if (upstream.kind !== 'llm') {
    return {
      curl: `curl ${base}/ \\\n  -H 'X-Proxy-Key: ${key}'`,
      Python: `# pip install requests\nimport requests\nprint(requests.get("${base}/", headers={"X-Proxy-Key": "${key}"}).text)`,
      'Node.js': `const answer = await fetch('${base}/', { headers: { 'X-Proxy-Key': '${key}' } })\nconsole.log(await answer.text())`,
    }
  }
  const demoModel = upstream.managed_by === 'demo' ? 'demo-1' : undefined
  if (dialect === 'anthropic') return anthropicSnippets(base, key, demoModel ?? MODELS.anthropic)
  if (dialect === 'gemini') return geminiSnippets(base, key, demoModel ?? MODELS.gemini)
  return openaiSnippets(base, key, demoModel ?? (upstream.adapter === 'openai' ? MODELS.openai : '<model>'))
}

/** Tabs with one call each. */
export function renderSnippets(upstream, dialect, key = '<client key>') {
  const snippets = snippetsOf(upstream, dialect, key)
  const code = el('pre', {}, '')
  const copy = el('span')
  const tabs = Object.keys(snippets).map((name) => el('button.plain.tiny', { type: 'button', onclick: () => show(name) }, name))
  const show = (name) => {
    code.textContent = snippets[name]
    copy.replaceChildren(copyButton(snippets[name]))
    for (const tab of tabs) tab.setAttribute('aria-pressed', String(tab.textContent === name))
  }
  show(Object.keys(snippets)[0])
  return el('div', {}, el('div.row', {}, ...tabs, el('span.grow'), copy), code)
}
