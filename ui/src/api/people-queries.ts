// Accounts, people, settings, the status of the gateway, and the record of changes.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { call } from './call.ts'
import { queryText } from './queries.ts'
import type { Account, AuditPage, AuditVerdict, ClientKey, List, Settings, Status, User } from './types.ts'

const STATUS_POLL_MS = 3_000
const PAGE_ROWS = 50

type Filter = Readonly<Record<string, string | number | undefined>>

export function useAccounts(filter: MaybeRefOrGetter<Filter>, isAsked: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: computed(() => ['accounts', toValue(filter)]),
    queryFn: ({ signal }) => call<List<Account>>('GET', `/accounts${queryText(toValue(filter))}`, undefined, { signal }),
    placeholderData: keepPreviousData,
    enabled: computed(() => toValue(isAsked)),
  })
}

/** With what was spent of its budget. */
export function useAccount(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['accounts', toValue(id)]),
    queryFn: ({ signal }) => call<Account>('GET', `/accounts/${encodeURIComponent(toValue(id))}`, undefined, { signal }),
    enabled: computed(() => toValue(id) !== ''),
    // Forms begin with what is stored now, not with what was seen before.
    gcTime: 0,
  })
}

/** With what was spent of its budget. */
export function useClientKey(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['client-keys', toValue(id)]),
    queryFn: ({ signal }) => call<ClientKey>('GET', `/client-keys/${encodeURIComponent(toValue(id))}`, undefined, { signal }),
    enabled: computed(() => toValue(id) !== ''),
    // Forms begin with what is stored now, not with what was seen before.
    gcTime: 0,
  })
}

export function useUsers(filter: MaybeRefOrGetter<Filter>) {
  return useQuery({
    queryKey: computed(() => ['users', toValue(filter)]),
    queryFn: ({ signal }) => call<List<User>>('GET', `/users${queryText(toValue(filter))}`, undefined, { signal }),
    placeholderData: keepPreviousData,
  })
}

export function useStatus() {
  return useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => call<Status>('GET', '/status', undefined, { signal }),
    refetchInterval: STATUS_POLL_MS,
  })
}

export function useSettings() {
  return useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => call<Settings>('GET', '/settings', undefined, { signal }) })
}

export function useAudit(filter: MaybeRefOrGetter<Filter>) {
  return useInfiniteQuery({
    queryKey: computed(() => ['audit', toValue(filter)]),
    queryFn: ({ pageParam, signal }) =>
      call<AuditPage>('GET', `/audit${queryText({ ...toValue(filter), limit: PAGE_ROWS, cursor: pageParam })}`, undefined, { signal }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }: AuditPage) => next_cursor ?? undefined,
  })
}

/**
 * Walks through the record to its end, or to the first entry that does not fit.
 * @param onPart told of how many entries were looked at so far
 */
export async function verifyAudit(onPart: (checked: number) => void): Promise<AuditVerdict> {
  let checked = 0
  let cursor: string | null = ''
  for (;;) {
    const part: AuditVerdict = await call<AuditVerdict>('GET', `/audit/verify${queryText({ cursor })}`)
    checked += part.checked
    onPart(checked)
    if (!part.whole || part.next_cursor === null) return { ...part, checked }
    cursor = part.next_cursor
  }
}
