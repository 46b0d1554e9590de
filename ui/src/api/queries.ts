// What the pages read, cached by name; a change names what it makes stale.
import { QueryClient, useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { ApiError, call } from './call.ts'
import type { List, Upstream, UpstreamKey, ClientKey, Adapter, KeyEvent } from './types.ts'

const STALE_MS = 2_000
const POLL_MS = 5_000
const RETRIES_MAX = 2

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: STALE_MS,
      // What was refused is refused again; what did not arrive may arrive.
      retry: (failures, error) => failures < RETRIES_MAX && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      refetchOnWindowFocus: true,
    },
  },
})

export interface KeyFilter {
  readonly page: number
  readonly limit: number
  readonly state?: string | undefined
  readonly search?: string | undefined
}

export function queryText(filter: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) if (value !== undefined && value !== '') query.set(name, String(value))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

export function useUpstreams() {
  return useQuery({
    queryKey: ['upstreams'],
    queryFn: ({ signal }) => call<List<Upstream>>('GET', '/upstreams?limit=1000', undefined, { signal }),
    refetchInterval: POLL_MS,
  })
}

export function useUpstream(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['upstreams', toValue(id)]),
    queryFn: ({ signal }) => call<Upstream>('GET', `/upstreams/${toValue(id)}`, undefined, { signal }),
    refetchInterval: POLL_MS,
  })
}

export function useKeys(upstreamId: MaybeRefOrGetter<string>, filter: MaybeRefOrGetter<KeyFilter>) {
  return useQuery({
    queryKey: computed(() => ['keys', toValue(upstreamId), toValue(filter)]),
    queryFn: ({ signal }) =>
      call<List<UpstreamKey>>('GET', `/upstreams/${toValue(upstreamId)}/keys${queryText({ ...toValue(filter) })}`, undefined, { signal }),
    refetchInterval: POLL_MS,
    placeholderData: (before) => before,
  })
}

export function useKeyEvents(keyId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['key-events', toValue(keyId)]),
    queryFn: ({ signal }) => call<{ data: KeyEvent[] }>('GET', `/keys/${toValue(keyId)}/events`, undefined, { signal }),
  })
}

export function useAdapters() {
  return useQuery({
    queryKey: ['adapters'],
    queryFn: ({ signal }) => call<{ data: Adapter[] }>('GET', '/adapters', undefined, { signal }),
    staleTime: Infinity,
  })
}

export function useClientKeys(filter: MaybeRefOrGetter<{ page: number; limit: number; search?: string | undefined; account_id?: string | undefined }>) {
  return useQuery({
    queryKey: computed(() => ['client-keys', toValue(filter)]),
    queryFn: ({ signal }) => call<List<ClientKey>>('GET', `/client-keys${queryText({ ...toValue(filter) })}`, undefined, { signal }),
    placeholderData: (before) => before,
  })
}

/** @param names first words of the keys of what a change made stale */
export async function refresh(...names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => queryClient.invalidateQueries({ queryKey: [name] })))
}
