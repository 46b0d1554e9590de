// akr upstream list | add | rm
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import { parseKeyImport } from '../domain/key-import.ts'
import type { KeyLocation, Upstream } from '../domain/upstream.ts'
import { renderUpstream } from '../http/management/upstream-view.ts'
import type { ManagementServices } from '../services/management.ts'
import { type CliIo, readText, renderTable } from './cli-io.ts'
import { remarkOnImport } from './import-remarks.ts'
import { ACTOR } from './tools.ts'

const ALL = { page: 1, limit: limits.upstreamsMax }

/** By slug, or else by id. @throws GatewayError not_found */
export async function getUpstream({ upstreams }: ManagementServices, slugOrId: string): Promise<Upstream> {
  const bySlug = await upstreams.findBySlug(slugOrId)
  if (bySlug !== undefined) return bySlug
  const { rows } = await upstreams.list(ALL)
  const byId = rows.find(({ upstream }) => upstream.id === slugOrId)
  if (byId !== undefined) return byId.upstream
  const known = rows.map(({ upstream }) => upstream.slug).join(', ')
  throw new GatewayError('not_found', `There is no upstream "${slugOrId}". ${known === '' ? 'There are none yet: akr upstream add.' : `There are: ${known}.`}`)
}

export async function listUpstreams({ upstreams }: ManagementServices, io: CliIo, isJson: boolean): Promise<void> {
  const { rows } = await upstreams.list(ALL)
  if (isJson) return io.print(JSON.stringify(rows.map(renderUpstream), null, 2))
  const cells = rows.map(({ upstream, keys }) => {
    const counts = Object.entries(keys).filter(([, count]) => count > 0)
    return [
      upstream.slug,
      upstream.adapter,
      upstream.targets[0]?.url ?? '',
      upstream.enabled ? 'on' : 'off',
      counts.map(([state, count]) => `${count} ${state}`).join(', ') || 'none',
      upstream.managedBy === 'person' ? '' : upstream.managedBy,
    ]
  })
  io.print(renderTable(['slug', 'adapter', 'base url', 'state', 'keys', 'from'], cells))
}

export interface AddUpstreamOptions {
  readonly adapter?: string
  readonly name?: string
  readonly baseUrl?: string
  readonly keyLocation?: KeyLocation
  readonly keyName?: string
  readonly keyPrefix?: string
  /** File of keys, or `-`. */
  readonly keys?: string
}

export async function addUpstream(management: ManagementServices, io: CliIo, slug: string, options: AddUpstreamOptions, isJson: boolean): Promise<void> {
  const { keys, ...input } = options
  // Read first: a missing file must not leave an upstream without keys behind.
  const pasted = keys === undefined ? undefined : parseKeyImport(await readText(io, keys, 'keys'))
  const created = await management.upstreams.create({ slug, ...input })
  const imported = pasted === undefined ? undefined : await management.keyImports.import(created.upstream.id, pasted, ACTOR, false)
  if (imported !== undefined) remarkOnImport(io, imported)
  if (isJson) return io.print(JSON.stringify(renderUpstream(await management.upstreams.get(created.upstream.id)), null, 2))
  const path = `/${created.upstream.kind === 'llm' ? 'llm' : 'proxy'}/${slug}`
  io.print(
    `Created ${slug}; clients reach it at ${path}.${imported === undefined ? ` Add keys: akr key add ${slug}` : ` ${imported.created} keys added, ${imported.invalid} not understood.`}`,
  )
}

export async function removeUpstream(management: ManagementServices, io: CliIo, slugOrId: string, isJson: boolean): Promise<void> {
  const upstream = await getUpstream(management, slugOrId)
  await management.upstreams.remove(upstream.id)
  io.print(isJson ? JSON.stringify({ removed: upstream.id }) : `Removed ${upstream.slug} with its keys.`)
}
