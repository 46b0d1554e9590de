// What a route changes in headers. The names were checked when the route was saved; they are checked again where they are used.
import type { HeaderEdit } from '../domain/route.ts'
import { isCredentialHeader } from './credentials.ts'
import { isDroppedForBrowsers, isDroppedFromRequest, isDroppedFromResponse, type ResponseHeadOptions, responseHeaders } from './headers.ts'

type HeaderRecord = Record<string, string | string[] | undefined>

/** @param headers flat, lower-case names; not changed */
export function editRequestHeaders(headers: readonly string[], edits: readonly HeaderEdit[] | undefined): readonly string[] {
  if (edits === undefined || edits.length === 0) return headers
  let edited = headers.slice()
  for (const { op, name, value = '' } of edits) {
    if (isDroppedFromRequest(name) || isCredentialHeader(name)) continue
    if (op !== 'add') edited = withoutHeader(edited, name)
    if (op !== 'remove') edited.push(name, value)
  }
  return edited
}

/**
 * The answer's headers as the route wants them, before the gateway's own rules and headers are put on them: an edit can not take
 * away what keeps a proxied page from acting on the gateway's origin.
 * @param headers lower-case names; not changed
 */
function editResponseHeaders(headers: HeaderRecord, edits: readonly HeaderEdit[] | undefined): HeaderRecord {
  if (edits === undefined || edits.length === 0) return headers
  const edited: HeaderRecord = { ...headers }
  for (const { op, name, value = '' } of edits) {
    if (isDroppedFromResponse(name) || name === 'content-length') continue
    const before = edited[name]
    if (op === 'remove') delete edited[name]
    else if (op === 'set' || before === undefined) edited[name] = value
    else edited[name] = typeof before === 'string' ? [before, value] : [...before, value]
  }
  return edited
}

/** The headers for the client, with what the route changes in them. */
export function editedResponseHeaders(headers: HeaderRecord, edits: readonly HeaderEdit[] | undefined, options: ResponseHeadOptions): string[] {
  const out = responseHeaders(editResponseHeaders(headers, edits), options)
  // What a route says to browsers by itself reaches them, although the same from a vendor does not.
  if (options.isBrowser && edits !== undefined) pushEditsForBrowsers(out, edits, options.cors !== undefined)
  return out
}

function pushEditsForBrowsers(headers: string[], edits: readonly HeaderEdit[], hasCors: boolean): void {
  for (const { op, name, value = '' } of edits) {
    if (op === 'remove' || !isDroppedForBrowsers(name) || (hasCors && name.startsWith('access-control-'))) continue
    setOrPush(headers, op === 'set', name, value)
  }
}

/** Said by the gateway in its own answers, whatever a route wants. */
const OWN = new Set(['content-length', 'content-security-policy', 'x-content-type-options', 'x-request-id', 'request-id'])

/** The headers of an answer that the gateway makes itself. */
export function editOwnHeaders(headers: string[], edits: readonly HeaderEdit[] | undefined): string[] {
  let edited = headers
  for (const { op, name, value = '' } of edits ?? []) {
    if (isDroppedFromResponse(name) || OWN.has(name)) continue
    if (op === 'remove') edited = withoutHeader(edited, name)
    else setOrPush(edited, op === 'set', name, value)
  }
  return edited
}

function setOrPush(headers: string[], isSet: boolean, name: string, value: string): void {
  const at = isSet ? headers.findIndex((one, index) => index % 2 === 0 && one === name) : -1
  if (at < 0) headers.push(name, value)
  else headers[at + 1] = value
}

function withoutHeader(headers: readonly string[], name: string): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) if (headers[i] !== name) kept.push(headers[i] as string, headers[i + 1] as string)
  return kept
}
