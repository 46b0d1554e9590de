// Short messages after an action, with an undo where there is one.
import { ref } from 'vue'
import { ApiError } from '../api/call.ts'

export interface Notice {
  readonly id: number
  readonly text: string
  readonly isError: boolean
  readonly undo?: (() => void) | undefined
}

const SHOWN_MAX = 4
let made = 0

export const notices = ref<Notice[]>([])

export function tell(text: string, undo?: () => void): void {
  show({ text, isError: false, undo })
}

/** What went wrong, in the words of the API. */
export function tellError(error: unknown): void {
  if (error instanceof ApiError && error.code === 'unauthenticated') return
  const mistakes = error instanceof ApiError ? error.mistakes.map(({ path, message }) => `${path}: ${message}`).join('; ') : ''
  const text = error instanceof Error ? error.message : String(error)
  show({ text: mistakes === '' ? text : `${text} (${mistakes})`, isError: true })
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id)
}

function show(notice: Omit<Notice, 'id'>): void {
  notices.value = [...notices.value, { ...notice, id: ++made }].slice(-SHOWN_MAX)
}
