// Routes: the list, one with its version, the switch, and the question what would become of a request.
import { keepPreviousData, useMutation, useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { tellError } from '../shell/notices.ts'
import { call } from './call.ts'
import { queryClient, refresh } from './queries.ts'
import type { Explanation, List, Route, RouteBody, RouteQuestion, SavedRoute } from './types.ts'

const POLL_MS = 5_000

export interface RouteFilter {
  readonly page: number
  readonly limit: number
  readonly search: string
}

export interface Versioned<T> {
  readonly route: T
  readonly version: string
}

export function useRoutes(filter: MaybeRefOrGetter<RouteFilter>) {
  return useQuery({
    queryKey: computed(() => ['routes', toValue(filter)]),
    queryFn: ({ signal }) => {
      const { page, limit, search } = toValue(filter)
      const query = new URLSearchParams({ page: String(page), limit: String(limit), ...(search === '' ? {} : { search }) })
      return call<List<Route>>('GET', `/routes?${query.toString()}`, undefined, { signal })
    },
    refetchInterval: POLL_MS,
    placeholderData: keepPreviousData,
  })
}

/** Seen at once; taken back when it is refused. */
export function useRouteSwitch() {
  return useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) => call<SavedRoute>('PATCH', `/routes/${id}`, { enabled }),
    onMutate: async ({ id, enabled }) => {
      await queryClient.cancelQueries({ queryKey: ['routes'] })
      const before = queryClient.getQueriesData<List<Route>>({ queryKey: ['routes'] })
      for (const [key, list] of before) {
        if (list !== undefined) queryClient.setQueryData(key, { ...list, data: list.data.map((route) => (route.id === id ? { ...route, enabled } : route)) })
      }
      return before
    },
    onError: (error, _, before) => {
      for (const [key, list] of before ?? []) queryClient.setQueryData(key, list)
      tellError(error)
    },
    onSettled: () => refresh('routes'),
  })
}

/** @throws ApiError */
export async function readRoute(id: string): Promise<Versioned<Route>> {
  let version = '*'
  const route = await call<Route>('GET', `/routes/${id}`, undefined, { onVersion: (etag) => (version = etag) })
  return { route, version }
}

/**
 * @param seen what a change is based on; undefined for a new route
 * @throws ApiError 412 when somebody else was faster
 */
export async function saveRoute(body: RouteBody, seen: Versioned<Route> | undefined): Promise<Versioned<SavedRoute>> {
  let version = '*'
  const onVersion = (etag: string): void => void (version = etag)
  const route =
    seen === undefined
      ? await call<SavedRoute>('POST', '/routes', body, { onVersion })
      : await call<SavedRoute>('PUT', `/routes/${seen.route.id}`, body, { ifMatch: seen.version, onVersion })
  await refresh('routes')
  return { route, version }
}

export async function deleteRoute(id: string): Promise<void> {
  await call('DELETE', `/routes/${id}`)
  await refresh('routes')
}

export function explain(question: RouteQuestion): Promise<Explanation> {
  return call<Explanation>('POST', '/explain', question)
}
