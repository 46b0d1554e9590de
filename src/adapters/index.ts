// The list of adapters: a vendor is known when it stands here.
import type { Adapter } from './adapter.ts'
import { anthropic } from './anthropic/index.ts'
import { azureOpenai } from './azure-openai/index.ts'
import { cerebras } from './cerebras/index.ts'
import { cohere } from './cohere/index.ts'
import { dashscope } from './dashscope/index.ts'
import { deepseek } from './deepseek/index.ts'
import { fireworks } from './fireworks/index.ts'
import { gemini } from './gemini/index.ts'
import { generic } from './generic/index.ts'
import { githubModels } from './github-models/index.ts'
import { groq } from './groq/index.ts'
import { huggingface } from './huggingface/index.ts'
import { lmstudio } from './lmstudio/index.ts'
import { minimax } from './minimax/index.ts'
import { mistral } from './mistral/index.ts'
import { moonshot } from './moonshot/index.ts'
import { nvidia } from './nvidia/index.ts'
import { ollama } from './ollama/index.ts'
import { openai } from './openai/index.ts'
import { anyCompatible } from './openai-compatible/index.ts'
import { openrouter } from './openrouter/index.ts'
import { perplexity } from './perplexity/index.ts'
import { siliconflow } from './siliconflow/index.ts'
import { together } from './together/index.ts'
import { vllm } from './vllm/index.ts'
import { xai } from './xai/index.ts'
import { zhipu } from './zhipu/index.ts'

/** In the order in which people are offered them. */
export const ADAPTERS = [
  openai,
  anthropic,
  gemini,
  anyCompatible,
  azureOpenai,
  cerebras,
  cohere,
  dashscope,
  deepseek,
  fireworks,
  githubModels,
  groq,
  huggingface,
  lmstudio,
  minimax,
  mistral,
  moonshot,
  nvidia,
  ollama,
  openrouter,
  perplexity,
  siliconflow,
  together,
  vllm,
  xai,
  zhipu,
  generic,
] as const satisfies readonly Adapter[]

export type AdapterName = (typeof ADAPTERS)[number]['name']

const BY_NAME: ReadonlyMap<string, Adapter> = new Map(ADAPTERS.map((adapter) => [adapter.name, adapter]))

export function findAdapter(name: string): Adapter | undefined {
  return BY_NAME.get(name)
}
