// The request log: pages of it, one request, and what comes live.
import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, onScopeDispose, ref, toValue, watch } from 'vue'
import { call } from './call.ts'
import type { LoggedRequest, LoggedRequestDetail } from './types.ts'

const PAGE_ROWS = 50
/** Rows that are kept of what comes live: more than anybody reads. */
const LIVE_ROWS_MAX = 200

/** Query members of GET /logs. */
export type LogFilter = Readonly<Record<string, string>>

interface LogPage {
  readonly data: readonly LoggedRequest[]
  readonly next_cursor: string | null
}

export function useLogs(filter: MaybeRefOrGetter<LogFilter>) {
  return useInfiniteQuery({
    queryKey: computed(() => ['logs', toValue(filter)]),
    queryFn: ({ pageParam, signal }) =>
      call<LogPage>(
        'GET',
        `/logs?${new URLSearchParams({ ...toValue(filter), limit: String(PAGE_ROWS), ...(pageParam === '' ? {} : { cursor: pageParam }) })}`,
        undefined,
        {
          signal,
        },
      ),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }: LogPage) => next_cursor ?? undefined,
  })
}

export function useLoggedRequest(requestId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['log', toValue(requestId)]),
    queryFn: ({ signal }) => call<LoggedRequestDetail>('GET', `/logs/${encodeURIComponent(toValue(requestId))}`, undefined, { signal }),
    // A request that was seen live is stored a moment later.
    retry: 3,
    retryDelay: 700,
  })
}

/** What both the log and the live feed say of a request. */
export type RequestRow = Pick<
  LoggedRequest,
  | 'request_id'
  | 'started_at'
  | 'upstream'
  | 'client_key_id'
  | 'method'
  | 'path'
  | 'model'
  | 'status'
  | 'outcome'
  | 'attempts'
  | 'duration_ms'
  | 'first_byte_ms'
  | 'cost_usd'
> & { readonly input_tokens: number | null; readonly output_tokens: number | null }

interface LiveRequest extends Omit<RequestRow, 'input_tokens' | 'output_tokens'> {
  readonly usage: { readonly input: number; readonly output: number } | null
}

/** Requests as they end, newest first, while `isOn`; while `isHeld`, they are counted and shown later. */
export function useLiveRequests(isOn: MaybeRefOrGetter<boolean>, isHeld: MaybeRefOrGetter<boolean>) {
  const rows = ref<readonly RequestRow[]>([])
  const skipped = ref(0)
  const isConnected = ref(false)
  const waiting: RequestRow[] = []
  const waitingCount = ref(0)
  let source: EventSource | undefined
  let frame = 0

  function show(): void {
    frame = 0
    if (toValue(isHeld) || waiting.length === 0) return
    rows.value = [...waiting.splice(0).reverse(), ...rows.value].slice(0, LIVE_ROWS_MAX)
    waitingCount.value = 0
  }

  function take(event: MessageEvent<string>): void {
    const { type, data } = JSON.parse(event.data) as { type: 'request.finished'; data: LiveRequest } | { type: 'events.skipped'; data: { count: number } }
    if (type === 'events.skipped') skipped.value += data.count
    if (type !== 'request.finished') return
    const { usage, ...row } = data
    waiting.push({ ...row, input_tokens: usage?.input ?? null, output_tokens: usage?.output ?? null })
    if (waiting.length > LIVE_ROWS_MAX) waiting.shift()
    waitingCount.value = waiting.length
    // At most one look at the list per frame, however many come.
    if (frame === 0) frame = requestAnimationFrame(show)
  }

  function close(): void {
    source?.close()
    source = undefined
    isConnected.value = false
  }

  watch(
    () => toValue(isOn),
    (on) => {
      close()
      if (!on) return
      source = new EventSource('/api/admin/events?topics=requests')
      source.onopen = () => (isConnected.value = true)
      source.onerror = () => (isConnected.value = false)
      source.onmessage = take
    },
    { immediate: true },
  )
  watch(() => toValue(isHeld), show)
  onScopeDispose(() => {
    close()
    cancelAnimationFrame(frame)
  })
  return { rows, skipped, isConnected, waitingCount }
}
