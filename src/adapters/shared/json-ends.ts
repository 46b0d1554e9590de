// Where values of JSON end, in text that may go on.
import { limits } from '../../limits.ts'

export const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Offset of the quote that ends a string; -1 when it goes on. */
export function findTextEnd(text: string, from: number): number {
  for (let at = from; ;) {
    const quote = text.indexOf('"', at)
    if (quote < 0 || !isEscaped(text, quote, from)) return quote
    at = quote + 1
  }
}

/** Whether an odd number of backslashes stands before `at`. */
export function isEscaped(text: string, at: number, from: number): boolean {
  let backslashes = 0
  for (let i = at - 1; i >= from && text.charCodeAt(i) === BACKSLASH; i--) backslashes++
  return backslashes % 2 === 1
}

/** Offset behind the object at `at`; -1 when it goes on. */
export function findObjectEnd(text: string, at: number): number {
  const last = Math.min(text.length, at + limits.meterRestBytesMax)
  let depth = 0
  for (let i = at; i < last; i++) {
    const unit = text.charCodeAt(i)
    if (unit === QUOTE) {
      i = findTextEnd(text, i + 1)
      if (i < 0) return -1
    } else if (unit === 0x7b) depth++
    else if (unit === 0x7d && --depth === 0) return i + 1
  }
  return -1
}

/** Offset behind the number at `at`; -1 when more digits may come. */
export function findNumberEnd(text: string, at: number): number {
  for (let i = at; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x30 || unit > 0x39) return i
  }
  return -1
}
