// The mistakes that the API found in what was sent, to be shown at their fields.
import { ref } from 'vue'
import { ApiError } from '../api/call.ts'
import { tellError } from '../shell/notices.ts'

export interface Mistakes {
  /** What is wrong at this JSON pointer; empty when nothing is. */
  at(path: string): string
  /** What is wrong below it, by the number of the entry. */
  below(path: string): readonly { readonly index: number; readonly message: string }[]
  clear(): void
  /** Keeps what belongs to fields; everything else is told. */
  take(error: unknown): void
}

/** @param fields first segments of the paths that the form shows */
export function useMistakes(fields: readonly string[]): Mistakes {
  const found = ref<ApiError['mistakes']>([])
  return {
    at: (path) => found.value.find((mistake) => mistake.path === path)?.message ?? '',
    below: (path) =>
      found.value
        .filter((mistake) => mistake.path.startsWith(`${path}/`))
        .map((mistake) => ({ index: Number(mistake.path.slice(path.length + 1).split('/')[0]), message: mistake.message })),
    clear: () => (found.value = []),
    take: (error) => {
      found.value = error instanceof ApiError ? error.mistakes : []
      const isAtFields = found.value.length > 0 && found.value.every(({ path }) => fields.includes(path.split('/')[1] ?? ''))
      if (!isAtFields) tellError(error)
    },
  }
}
