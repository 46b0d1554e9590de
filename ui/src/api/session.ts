// Who is signed in. The session itself is a cookie that scripts cannot read.
import { computed, readonly, ref } from 'vue'
import { call } from './call.ts'
import { queryClient } from './queries.ts'

export type Person = { readonly id: string; readonly username: string; readonly role: 'admin' | 'operator' | 'viewer'; readonly account_id: string | null }

const person = ref<Person>()
let isKnown = false

export const signedIn = readonly(person)

const RANK = { viewer: 1, operator: 2, admin: 3 } as const

const has = (role: Person['role']): boolean => person.value !== undefined && RANK[person.value.role] >= RANK[role]
const isWhole = (): boolean => person.value?.account_id === null

/** Whether the person may do what needs this role. */
export function may(role: Person['role']) {
  return computed(() => has(role))
}

/** The same, of the whole gateway: people of an account see nothing of it. */
export function mayEverywhere(role: Person['role']) {
  return computed(() => has(role) && isWhole())
}

/** @param needs of a page: a `role`, and `isWhole` when people of an account do not see it */
export function maySee(needs: Readonly<Record<string | number | symbol, unknown>>): boolean {
  return has((needs['role'] ?? 'viewer') as Person['role']) && (needs['isWhole'] !== true || isWhole())
}

/** Asks once who the cookie belongs to. */
export async function findPerson(): Promise<Person | undefined> {
  if (!isKnown) {
    const found = await call<Person>('GET', '/auth/me').catch(() => undefined)
    if (found !== undefined) remember({ user: found })
    isKnown = true
  }
  return person.value
}

/** Sessions are renewed while a page is open; a sleeping computer may lose one. */
const RENEW_MS = 5 * 60_000
let renewal: ReturnType<typeof setInterval> | undefined

async function renew(): Promise<void> {
  // Whoever is refused is told by the next call that matters.
  if (person.value !== undefined) await call('POST', '/auth/refresh').catch(() => undefined)
}

export async function signIn(username: string, password: string): Promise<void> {
  remember(await call<{ user: Person }>('POST', '/login', { username, password, session: 'cookie' }))
}

/** Creates the first admin. @param token of the set-up link */
export async function setUp(token: string, username: string, password: string): Promise<void> {
  remember(await call<{ user: Person }>('POST', '/setup', { token, username, password, session: 'cookie' }))
}

export async function signOut(): Promise<void> {
  await call('POST', '/auth/logout').catch(() => undefined)
  forget()
}

/** The session is over: nothing of what it showed stays in memory. */
export function forget(): void {
  person.value = undefined
  isKnown = true
  queryClient.clear()
}

function remember({ user }: { user: Person }): void {
  person.value = user
  isKnown = true
  renewal ??= setInterval(() => void renew(), RENEW_MS)
}
