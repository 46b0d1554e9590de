// Forgiving URLs: whatever client and base URL carry, each version segment is sent exactly once.
import { describe, expect, test } from '@jest/globals'
import { createTarget, targetPath } from '../../../src/proxy/target-url.ts'

describe('version segments appear exactly once', () => {
  const clients = [
    '/v1/chat/completions',
    '/chat/completions',
    '/v1/v1/chat/completions',
    '//v1//chat/completions',
    '/v1/chat/completions/',
    '/chat//completions//',
  ]
  const bases = ['https://api.openai.com', 'https://api.openai.com/', 'https://api.openai.com/v1', 'https://api.openai.com/v1/', 'https://api.openai.com/v1/v1']
  test.each(bases.flatMap((url) => clients.map((rest) => [url, rest] as const)))('%s + %s', (url, rest) => {
    expect(targetPath(createTarget(url), rest, '', ['v1'])).toBe('/v1/chat/completions')
  })

  test.each([
    // base, versions, client, sent
    ['https://api.groq.com/openai/v1', ['v1'], '/v1/models', '/openai/v1/models'],
    ['https://api.groq.com/openai/v1', ['v1'], '/models', '/openai/v1/models'],
    ['https://api.groq.com/openai/v1', ['v1'], '/openai/v1/models', '/openai/v1/models'],
    ['https://api.groq.com/openai', ['v1'], '/models', '/openai/v1/models'],
    ['https://api.deepseek.com', ['', 'v1'], '/v1/chat/completions', '/chat/completions'],
    ['https://api.deepseek.com', ['', 'v1'], '/chat/completions', '/chat/completions'],
    ['https://api.deepseek.com/v1', ['', 'v1'], '/chat/completions', '/v1/chat/completions'],
    ['https://open.bigmodel.cn/api/paas/v4', ['v1'], '/v1/chat/completions', '/api/paas/v4/chat/completions'],
    ['https://open.bigmodel.cn/api/paas/v4', ['v1'], '/v4/chat/completions', '/api/paas/v4/chat/completions'],
    ['https://open.bigmodel.cn/api/paas/v4', ['v1'], '/chat/completions', '/api/paas/v4/chat/completions'],
    ['https://open.bigmodel.cn/api/paas/v4', ['v1'], '/api/paas/v4/chat/completions', '/api/paas/v4/chat/completions'],
    ['http://localhost:11434', ['v1', ''], '/api/tags', '/api/tags'],
    ['http://localhost:11434', ['v1', ''], '/v1/models', '/v1/models'],
    ['http://localhost:11434/v1', ['v1', ''], '/models', '/v1/models'],
    ['https://generativelanguage.googleapis.com', ['v1beta', 'v1', 'v1alpha'], '/v1beta/models/m:generateContent', '/v1beta/models/m:generateContent'],
    ['https://generativelanguage.googleapis.com', ['v1beta', 'v1', 'v1alpha'], '/models/m:generateContent', '/v1beta/models/m:generateContent'],
    ['https://generativelanguage.googleapis.com', ['v1beta', 'v1', 'v1alpha'], '/v1/models', '/v1/models'],
    ['https://generativelanguage.googleapis.com', ['v1beta', 'v1', 'v1alpha'], '/v1/v1beta/models', '/v1beta/models'],
    ['https://generativelanguage.googleapis.com', ['v1beta', 'v1', 'v1alpha'], '/upload/v1beta/files', '/upload/v1beta/files'],
    ['https://generativelanguage.googleapis.com/v1beta', ['v1beta', 'v1', 'v1alpha'], '/v1/models', '/v1beta/models'],
    ['https://generativelanguage.googleapis.com/v1beta', ['v1beta', 'v1', 'v1alpha'], '/upload/v1beta/files', '/upload/v1beta/files'],
    ['https://api.deepinfra.com/v1/openai', ['v1'], '/v1/chat/completions', '/v1/openai/chat/completions'],
    ['https://api.deepinfra.com/v1/openai', ['v1'], '/chat/completions', '/v1/openai/chat/completions'],
    ['https://generativelanguage.googleapis.com/v1beta/openai', ['v1'], '/v1/models', '/v1beta/openai/models'],
    ['https://api.moonshot.ai/v1', ['v1'], '/anthropic/v1/messages', '/anthropic/v1/messages'],
    ['https://api.deepseek.com', ['', 'v1'], '/anthropic/v1/messages', '/anthropic/v1/messages'],
    ['https://api.openai.com', ['v1'], '', '/v1'],
    ['https://api.openai.com', ['v1'], '/', '/v1'],
    ['https://api.openai.com', ['v1'], '/v1', '/v1'],
    ['https://api.openai.com', ['v1'], '/v10/x', '/v1/v10/x'],
    ['https://api.deepseek.com', ['', 'v1'], '/', '/'],
  ] as const)('%s %j %s -> %s', (url, versions, rest, expected) => {
    expect(targetPath(createTarget(url), rest, '', versions)).toBe(expected)
    expect(targetPath(createTarget(url), rest, 'beta=true', versions)).toBe(`${expected}?beta=true`)
  })
})
