// Calls of the management API. The access token lives in this module and nowhere else: a reload forgets it.

const REFRESH_BEFORE_MS = 5 * 60_000

let accessToken
let refreshTimer
let onSignedOut = () => {}

/** @param {() => void} listener called when the session is over */
export function whenSignedOut(listener) {
  onSignedOut = listener
}

export function openSession(session) {
  accessToken = session.access_token
  clearTimeout(refreshTimer)
  refreshTimer = setTimeout(() => void refresh(), Math.max(10_000, session.expires_in * 1000 - REFRESH_BEFORE_MS))
}

async function refresh() {
  try {
    openSession(await call('POST', '/auth/refresh'))
  } catch {
    // A failed refresh is no news: the next call says whether the session is over.
  }
}

export async function signOut() {
  await call('POST', '/auth/logout').catch(() => undefined)
  forget()
}

function forget() {
  accessToken = undefined
  clearTimeout(refreshTimer)
  onSignedOut()
}

/**
 * @param {string} path below /api/admin
 * @param {unknown} body an object becomes JSON, a string is sent as text
 * @returns the parsed answer, undefined without one
 * @throws Error with the message of the API, which says what to do
 */
export async function call(method, path, body = undefined) {
  const headers = { accept: 'application/json' }
  if (accessToken !== undefined) headers.authorization = `Bearer ${accessToken}`
  if (body !== undefined) headers['content-type'] = typeof body === 'string' ? 'text/plain' : 'application/json'
  const response = await fetch(`/api/admin${path}`, {
    method,
    headers,
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  }).catch(() => {
    throw new Error('The gateway does not answer. Is it running?')
  })
  const answer = response.status === 204 ? undefined : await response.json().catch(() => undefined)
  if (response.ok) return answer
  if (response.status === 401 && accessToken !== undefined) forget()
  throw new Error(answer?.detail ?? answer?.title ?? `The gateway answered ${response.status}.`)
}

/** All entries of a list; at most `most`. */
export async function listAll(path, most = 1000) {
  const rows = []
  for (let page = 1; rows.length < most; page++) {
    const { data, total } = await call('GET', `${path}${path.includes('?') ? '&' : '?'}page=${page}&limit=${Math.min(most, 500)}`)
    rows.push(...data)
    if (data.length === 0 || rows.length >= total) break
  }
  return rows
}
