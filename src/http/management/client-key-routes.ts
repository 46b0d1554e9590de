// The keys that clients present: issue, list, change, roll, revoke, delete.
import { z } from 'zod'
import type { ClientKey } from '../../domain/client-key.ts'
import type { ClientLimits } from '../../domain/client-limits.ts'
import { limits as bounds } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClientKeyAdmin, ClientKeyInput, IssuedClientKey } from '../../services/client-key-admin.ts'
import { route } from '../registry.ts'
import type { Answer, Route } from '../registry.ts'
import { renderEtag } from '../validation.ts'
import { AccountId, accountFor, refuseAccountId } from './account-view.ts'
import { Flag, Id, IdParams, NullableTime, SearchQuery, Time, label, listOf, renderList, renderTime } from './schemas.ts'

const OVERLAP_SECONDS_MAX = 30 * 86_400

const rate = z.int().min(1).max(bounds.clientRateMax).nullable().optional()

const LimitsBody = z.strictObject({
  rps: rate.describe('Requests in any second.'),
  rpm: rate.describe('Requests in any minute.'),
  rpd: rate.describe('Requests in any 24 hours.'),
  max_in_flight: z.int().min(1).max(bounds.clientInFlightMax).nullable().optional().describe('Requests at the same time.'),
})

const ClientKeyBody = z.strictObject({
  name: label(100).min(1),
  upstreams: z.array(z.string().max(63)).min(1).max(1000).nullable().optional().describe('Slugs it may use; null = all.'),
  models: z
    .array(z.string().min(1).max(bounds.modelNameCharsMax))
    .min(1)
    .max(bounds.clientRestrictionsMax)
    .nullable()
    .optional()
    .describe('Models it may ask LLM upstreams for, as names or with `*`, e.g. `gpt-4o*`; null = all.'),
  networks: z
    .array(z.string().max(49))
    .min(1)
    .max(bounds.clientRestrictionsMax)
    .nullable()
    .optional()
    .describe('Addresses or CIDRs from which it may be used; null = everywhere.'),
  limits: LimitsBody.nullable().optional().describe('Replaces all limits; absent or null = none.'),
  expires_at: Time.nullable().optional().describe('null = never.'),
  account_id: AccountId,
})

const ClientKeyChangeBody = ClientKeyBody.partial()

const RollBody = z.strictObject({
  overlap_seconds: z.int().min(0).max(OVERLAP_SECONDS_MAX).default(86_400).describe('How long the old key stays valid.'),
})

const ClientKeyView = z.object({
  id: Id,
  name: z.string(),
  source: z.enum(['issued', 'global', 'demo']),
  masked: z.string(),
  state: z.enum(['active', 'expired', 'revoked']),
  account_id: Id.nullable(),
  upstreams: z.array(z.string()).nullable(),
  models: z.array(z.string()).nullable(),
  networks: z.array(z.string()).nullable(),
  limits: z.object({ rps: z.int().nullable(), rpm: z.int().nullable(), rpd: z.int().nullable(), max_in_flight: z.int().nullable() }),
  expires_at: NullableTime,
  revoked_at: NullableTime,
  previous_until: NullableTime.describe('Until when the key that a roll replaced is still valid.'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  last_used_at: NullableTime,
})

const IssuedView = ClientKeyView.extend({ key: z.string().describe('The key. Shown only in this answer.') })

export function createClientKeyRoutes(clientKeys: ClientKeyAdmin, clock: Clock): Route[] {
  const render = (key: ClientKey): Record<string, unknown> => renderClientKey(key, clock.nowMs())
  const answer = (key: ClientKey): Answer => ({ status: 200, body: render(key), etag: renderEtag(key.updatedAtMs) })
  const issued = (status: number, { clientKey, secret }: IssuedClientKey): Answer => {
    const location = status === 201 ? `/client-keys/${clientKey.id}` : undefined
    return { status, body: { ...render(clientKey), key: secret.reveal() }, etag: renderEtag(clientKey.updatedAtMs), location }
  }
  return [
    route({
      method: 'get',
      path: '/client-keys',
      permission: 'viewer',
      account: 'own',
      summary: 'List client keys',
      tag: 'client keys',
      query: SearchQuery.extend({ account_id: Id.optional() }),
      responses: { 200: { description: 'Client keys in order of creation, without their values.', schema: listOf(ClientKeyView) } },
      handle: async ({ query, own }) => {
        const { search, account_id: accountId } = query
        return { status: 200, body: renderList(query, await clientKeys.list(query, { search, accountId }, own), render) }
      },
    }),
    route({
      method: 'post',
      path: '/client-keys',
      permission: 'admin',
      account: 'own',
      summary: 'Issue a client key; its value is in this answer only',
      tag: 'client keys',
      idempotency: 'secret',
      body: ClientKeyBody,
      responses: { 201: { description: 'Issued and in force.', schema: IssuedView } },
      handle: async ({ body, own }) =>
        issued(201, await clientKeys.issue({ ...parseInput(body, own), name: body.name, accountId: accountFor(body.account_id, own) })),
    }),
    route({
      method: 'get',
      path: '/client-keys/:id',
      permission: 'viewer',
      account: 'own',
      summary: 'Get a client key, without its value',
      tag: 'client keys',
      params: IdParams,
      responses: { 200: { description: 'The client key.', schema: ClientKeyView } },
      handle: async ({ params, own }) => answer(await clientKeys.get(params.id, own)),
    }),
    route({
      method: 'patch',
      path: '/client-keys/:id',
      permission: 'admin',
      account: 'own',
      summary: 'Change what a client key may do',
      tag: 'client keys',
      params: IdParams,
      body: ClientKeyChangeBody,
      responses: { 200: { description: 'Changed and in force.', schema: ClientKeyView } },
      handle: async ({ params, body, seenVersions, own }) => answer(await clientKeys.update(params.id, parseInput(body, own), seenVersions, own)),
    }),
    route({
      method: 'delete',
      path: '/client-keys/:id',
      permission: 'admin',
      account: 'own',
      summary: 'Revoke a client key, or with purge=true forget it altogether',
      tag: 'client keys',
      params: IdParams,
      query: z.strictObject({ purge: Flag }),
      responses: { 204: { description: 'Refused from now on.' } },
      handle: async ({ params, query, seenVersions, own }) => {
        await (query.purge ? clientKeys.remove(params.id, seenVersions, own) : clientKeys.revoke(params.id, seenVersions, own))
        return { status: 204 }
      },
    }),
    route({
      method: 'post',
      path: '/client-keys/:id/roll',
      permission: 'admin',
      account: 'own',
      summary: 'Replace a client key; the old one stays valid for a while',
      tag: 'client keys',
      idempotency: 'secret',
      params: IdParams,
      body: RollBody.prefault({}),
      responses: { 200: { description: 'The new key, shown only here.', schema: IssuedView } },
      handle: async ({ params, body, seenVersions, own }) => issued(200, await clientKeys.roll(params.id, body.overlap_seconds * 1000, seenVersions, own)),
    }),
  ]
}

/** @param own people of an account cannot name another one, nor leave theirs */
function parseInput(body: z.output<typeof ClientKeyChangeBody>, own: string | undefined): ClientKeyInput {
  const { name, upstreams, models, networks, limits, expires_at } = body
  return {
    name,
    upstreams,
    models,
    networks,
    accountId: own === undefined ? body.account_id : refuseAccountId(body.account_id),
    limits: limits && parseLimits(limits),
    expiresAtMs: typeof expires_at === 'string' ? Date.parse(expires_at) : expires_at,
  }
}

function parseLimits({ rps, rpm, rpd, max_in_flight }: z.output<typeof LimitsBody>): ClientLimits {
  return { rps: rps ?? undefined, rpm: rpm ?? undefined, rpd: rpd ?? undefined, maxInFlight: max_in_flight ?? undefined }
}

function renderClientKey(key: ClientKey, nowMs: number): Record<string, unknown> {
  const { rps, rpm, rpd, maxInFlight } = key.limits ?? {}
  const isExpired = key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs
  return {
    id: key.id,
    name: key.name,
    source: key.source,
    masked: key.masked,
    account_id: key.accountId ?? null,
    state: key.revokedAtMs !== undefined ? 'revoked' : isExpired ? 'expired' : 'active',
    upstreams: key.upstreams ?? null,
    models: key.models ?? null,
    networks: key.networks ?? null,
    limits: { rps: rps ?? null, rpm: rpm ?? null, rpd: rpd ?? null, max_in_flight: maxInFlight ?? null },
    expires_at: renderTime(key.expiresAtMs),
    revoked_at: renderTime(key.revokedAtMs),
    previous_until: renderTime(key.previousUntilMs !== undefined && key.previousUntilMs > nowMs ? key.previousUntilMs : undefined),
    created_at: renderTime(key.createdAtMs),
    updated_at: renderTime(key.updatedAtMs),
    last_used_at: renderTime(key.lastUsedAtMs),
  }
}
