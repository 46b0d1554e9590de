// akr key list | add | rm
import { parseKeyImport } from '../domain/key-import.ts'
import { findTagsFault, type KeyImport, splitTags } from '../domain/key-import-collector.ts'
import { type KeyState, setTags, type UpstreamKey } from '../domain/upstream-key.ts'
import { GatewayError } from '../errors.ts'
import { renderImport, renderKey } from '../http/management/key-view.ts'
import type { ManagementServices } from '../services/management.ts'
import { type CliIo, readText, renderTable, renderTime } from './cli-io.ts'
import { remarkOnImport } from './import-remarks.ts'
import { ACTOR } from './tools.ts'
import { getUpstream } from './upstream-commands.ts'

const PAGE_SIZE = 1000

export interface KeyListOptions {
  readonly state?: KeyState
  readonly tag?: string
}

export async function listKeys(management: ManagementServices, io: CliIo, slugOrId: string, filter: KeyListOptions, isJson: boolean): Promise<void> {
  const upstream = await getUpstream(management, slugOrId)
  const keys: UpstreamKey[] = []
  for (let page = 1, total = 1; keys.length < total; page++) {
    const rows = await management.keys.list(upstream.id, { page, limit: PAGE_SIZE }, filter)
    keys.push(...rows.rows)
    total = rows.rows.length === 0 ? keys.length : rows.total
  }
  if (isJson) return io.print(JSON.stringify(keys.map(renderKey), null, 2))
  const cells = keys.map((key) => [
    key.id,
    key.masked,
    key.label,
    key.tags?.join(' ') ?? '',
    key.status.state,
    key.status.reason,
    renderTime(key.status.untilMs),
    renderTime(key.lastUsedAtMs),
  ])
  io.print(renderTable(['id', 'key', 'label', 'tags', 'state', 'why', 'until', 'used'], cells))
}

export interface AddKeysOptions {
  readonly dryRun?: boolean
  /** With commas between them; added to those that stand with the keys. */
  readonly tag?: string
}

/** @param source file, or `-` for stdin */
export async function addKeys(
  management: ManagementServices,
  io: CliIo,
  slugOrId: string,
  source: string,
  { dryRun: isDryRun = false, tag = '' }: AddKeysOptions,
  isJson: boolean,
): Promise<void> {
  const upstream = await getUpstream(management, slugOrId)
  const pasted = withTags(parseKeyImport(await readText(io, source, 'keys, in any form')), splitTags(tag) ?? [])
  const result = await management.keyImports.import(upstream.id, pasted, ACTOR, isDryRun)
  if (isJson) io.print(JSON.stringify(renderImport(result, isDryRun), null, 2))
  else {
    io.print(`${result.created} ${isDryRun ? 'would be added' : 'added'}, ${result.duplicates} already there, ${result.invalid} not understood.`)
    remarkOnImport(io, result)
  }
  if (result.created + result.duplicates === 0) throw new GatewayError('validation_failed', 'No key was found in the text.')
}

/** @throws GatewayError validation_failed */
function withTags(pasted: KeyImport, tags: readonly string[]): KeyImport {
  if (tags.length === 0) return pasted
  const keys = pasted.keys.map((key) => ({ ...key, tags: setTags([...(key.tags ?? []), ...tags]) }))
  const fault = findTagsFault(setTags(tags)) ?? keys.map((key) => findTagsFault(key.tags)).find((found) => found !== undefined)
  if (fault !== undefined) throw new GatewayError('validation_failed', `With --tag ${tags.join(' ')} a key ${fault}.`)
  return { ...pasted, keys }
}

export async function removeKeys(management: ManagementServices, io: CliIo, ids: readonly string[], isJson: boolean): Promise<void> {
  for (const id of ids) await management.keys.remove(id)
  io.print(isJson ? JSON.stringify({ removed: ids.length }) : `Removed ${ids.length === 1 ? 'the key' : `${ids.length} keys`}.`)
}
