// The keys that clients present: issue, list, change, roll, revoke, delete.
import { z } from 'zod'
import type { ClientKey } from '../../domain/client-key.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClientKeyAdmin, IssuedClientKey } from '../../services/client-key-admin.ts'
import type { SpendingLimiter } from '../../services/spending-limiter.ts'
import { clientMeters } from '../../services/spending-meters.ts'
import { route } from '../registry.ts'
import type { Answer, Route } from '../registry.ts'
import { renderEtag } from '../validation.ts'
import { accountFor } from './account-view.ts'
import { ClientKeyBody, ClientKeyChangeBody, ClientKeyView, IssuedView, parseInput, renderClientKey, RollBody } from './client-key-view.ts'
import { findSpending } from './limits-view.ts'
import { Flag, Id, IdParams, SearchQuery, listOf, renderList } from './schemas.ts'

export function createClientKeyRoutes(clientKeys: ClientKeyAdmin, clock: Clock, spending: Pick<SpendingLimiter, 'look'>): Route[] {
  const render = (key: ClientKey): Record<string, unknown> => renderClientKey(key, clock.nowMs())
  const renderWhole = async (key: ClientKey): Promise<Record<string, unknown>> =>
    renderClientKey(key, clock.nowMs(), await findSpending(spending, clientMeters(key)))
  const answer = async (key: ClientKey): Promise<Answer> => ({ status: 200, body: await renderWhole(key), etag: renderEtag(key.updatedAtMs) })
  const issued = async (status: number, { clientKey, secret }: IssuedClientKey): Promise<Answer> => {
    const location = status === 201 ? `/client-keys/${clientKey.id}` : undefined
    return { status, body: { ...(await renderWhole(clientKey)), key: secret.reveal() }, etag: renderEtag(clientKey.updatedAtMs), location }
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
      example: {
        name: 'chat service',
        models: ['gpt-4o*'],
        limits: { rpm: 60, tpm: 100_000, max_in_flight: 10 },
        budget: { tokens: 5_000_000, period: 'month' },
        expires_at: '2100-01-01T00:00:00Z',
      },
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
      example: { networks: ['10.0.0.0/8', '2001:db8::/32'] },
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
      example: { overlap_seconds: 3600 },
      responses: { 200: { description: 'The new key, shown only here.', schema: IssuedView } },
      handle: async ({ params, body, seenVersions, own }) => issued(200, await clientKeys.roll(params.id, body.overlap_seconds * 1000, seenVersions, own)),
    }),
  ]
}

/** @param own people of an account cannot name another one, nor leave theirs */
