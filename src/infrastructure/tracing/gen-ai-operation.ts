// What an LLM call does, in the words of the GenAI conventions, from the end of its path.

const OPERATIONS: readonly (readonly [RegExp, string])[] = [
  [/\/(?:chat\/completions|messages|responses|chat)$/, 'chat'],
  [/:(?:streamG|g)enerateContent$/, 'generate_content'],
  [/(?:\/embeddings?|:(?:batchE|e)mbedContents?)$/, 'embeddings'],
  [/\/completions$/, 'text_completion'],
]

/** undefined for everything that is no inference, such as a list of models. */
export function operationOf(path: string): string | undefined {
  return OPERATIONS.find(([pattern]) => pattern.test(path))?.[1]
}
