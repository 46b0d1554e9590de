// Times as people read them, in their language; a clock that ticks once a second for all.
import { onScopeDispose, readonly, ref } from 'vue'

const TICK_MS = 1_000
const now = ref(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** Epoch ms, ticking while somebody looks. */
export function useNow() {
  if (users++ === 0) timer = setInterval(() => (now.value = Date.now()), TICK_MS)
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer)
  })
  return readonly(now)
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** `3 minutes ago` */
export function since(iso: string, nowMs: number, language: string): string {
  const ms = Math.min(0, Date.parse(iso) - nowMs)
  const [unit, size] = UNITS.find(([, unitMs]) => -ms >= unitMs) ?? (['second', 1_000] as const)
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.ceil(ms / size), unit)
}

/** `00:37`, `1:02:03`; empty when it is over. */
export function until(iso: string, nowMs: number): string {
  const seconds = Math.ceil((Date.parse(iso) - nowMs) / 1_000)
  if (seconds <= 0) return ''
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3_600)
  const rest = `${two(Math.floor((seconds % 3_600) / 60))}:${two(seconds % 60)}`
  return hours === 0 ? rest : `${hours}:${rest}`
}

export function dateTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso))
}
