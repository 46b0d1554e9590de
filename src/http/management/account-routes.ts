// Accounts: list, create one or many, read, replace, change, delete.
import { z } from 'zod'
import type { Account } from '../../domain/account.ts'
import { GatewayError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SpendingLimiter } from '../../services/spending-limiter.ts'
import { accountMeters } from '../../services/spending-meters.ts'
import type { AccountAdmin } from '../../services/account-admin.ts'
import type { AccountProvisioning, ProvisionedAccount } from '../../services/account-provisioning.ts'
import { ACCOUNT_PROVISIONING_KIND, entryOf } from '../../services/account-provisioning-kind.ts'
import type { Jobs } from '../../services/jobs.ts'
import { route } from '../registry.ts'
import type { Answer, Route } from '../registry.ts'
import { renderEtag } from '../validation.ts'
import { AccountBody, AccountView, NewAccountBody, parseAccount, renderAccount } from './account-view.ts'
import { accepted } from './job-routes.ts'
import { JobDetailView } from './job-view.ts'
import { findSpending } from './limits-view.ts'
import { Flag, Id, IdParams, SearchQuery, listOf, renderList } from './schemas.ts'

const AccountQuery = SearchQuery.extend({ status: z.enum(['enabled', 'disabled']).optional(), enabled: z.enum(['true', 'false']).optional() })

const ProvisionedView = z.object({
  created: z.int(),
  data: z.array(z.object({ id: Id, name: z.string(), client_key: z.object({ id: Id, key: z.string() }).describe('The key is shown only in this answer.') })),
})

const StatsView = z.object({ total: z.int(), enabled: z.int(), disabled: z.int(), client_keys: z.int(), users: z.int() })

export interface AccountRouteDependencies {
  readonly accounts: AccountAdmin
  readonly provisioning: AccountProvisioning
  readonly jobs: Jobs
  readonly clock: Clock
  readonly spending: Pick<SpendingLimiter, 'look'>
}

export function createAccountRoutes({ accounts, provisioning, jobs, clock, spending }: AccountRouteDependencies): Route[] {
  const answer = async (status: number, account: Account): Promise<Answer> => {
    const body = renderAccount(account, clock.nowMs(), await findSpending(spending, accountMeters(account)))
    return { status, body, etag: renderEtag(account.updatedAtMs), location: status === 201 ? `/accounts/${account.id}` : undefined }
  }
  return [
    route({
      method: 'get',
      path: '/accounts',
      permission: 'viewer',
      account: 'own',
      summary: 'List accounts',
      tag: 'accounts',
      query: AccountQuery,
      responses: { 200: { description: 'Accounts in order of creation; people of an account see theirs.', schema: listOf(AccountView) } },
      handle: async ({ query, own }) => {
        const { search, status, enabled = status && String(status === 'enabled') } = query
        const filter = { search, enabled: enabled === undefined ? undefined : enabled === 'true' }
        return { status: 200, body: renderList(query, await accounts.list(query, filter, own), (account) => renderAccount(account, clock.nowMs())) }
      },
    }),
    route({
      method: 'post',
      path: '/accounts',
      permission: 'admin',
      summary: 'Create an account; or, with count, many at once, each with a client key that is shown in this answer only',
      tag: 'accounts',
      idempotency: 'secret',
      query: z.strictObject({ background: z.enum(['true', 'false']).optional() }),
      body: NewAccountBody,
      example: { name: 'team a', limits: { rpm: 600 }, budget: { amount_usd: 250, period: 'month' } },
      responses: {
        201: { description: 'Created and in force. With count: the accounts and their keys.', schema: z.union([AccountView, ProvisionedView]) },
        202: {
          description: `With count and background=true, or a count above ${limits.accountsPerCallMax}: the job that makes them. POST /jobs/{id}/result gives their keys out, once.`,
          schema: JobDetailView,
        },
      },
      handle: async ({ body: { count, ...body }, query, actor }) => {
        if (count !== undefined) {
          const input = provisioningOf(count, body)
          const isLarge = query.background === undefined ? count > limits.accountsPerCallMax : query.background === 'true'
          if (!isLarge) return { status: 201, body: renderProvisioned(await provisioning.provision(input)) }
          const { priority, verification_enabled } = body
          const payload = { count, ...(priority === undefined ? {} : { priority }), ...(verification_enabled === undefined ? {} : { verification_enabled }) }
          return accepted((await jobs.start({ kind: ACCOUNT_PROVISIONING_KIND, payload, createdBy: actor, total: count })).job)
        }
        const { name, ...input } = parseAccount(body)
        if (name === undefined) {
          const errors = [{ path: '/name', message: 'is missing' }]
          throw new GatewayError('validation_failed', 'An account needs a name; or ask for several with count.', { errors })
        }
        return answer(201, await accounts.create({ ...input, name }))
      },
    }),
    route({
      method: 'get',
      path: '/accounts/stats',
      permission: 'viewer',
      summary: 'Count accounts, and the client keys and people that belong to one',
      tag: 'accounts',
      responses: { 200: { description: 'Counts.', schema: StatsView } },
      handle: async () => {
        const { total, enabled, clientKeys, users } = await accounts.countAll()
        return { status: 200, body: { total, enabled, disabled: total - enabled, client_keys: clientKeys, users } }
      },
    }),
    route({
      method: 'get',
      path: '/accounts/:id',
      permission: 'viewer',
      account: 'own',
      summary: 'Get an account',
      tag: 'accounts',
      params: IdParams,
      responses: { 200: { description: 'The account.', schema: AccountView } },
      handle: async ({ params, own }) => answer(200, await accounts.get(params.id, own)),
    }),
    ...(['put', 'patch'] as const).map((method) =>
      route({
        method,
        path: '/accounts/:id',
        permission: 'admin',
        summary: method === 'put' ? 'Replace an account: fields that are not named get their defaults' : 'Change an account: fields that are not named stay',
        tag: 'accounts',
        params: IdParams,
        body: AccountBody,
        example: { name: 'team b', limits: { rpm: 300 } },
        responses: { 200: { description: 'In force.', schema: AccountView } },
        handle: async ({ params, body, seenVersions }) =>
          answer(200, await accounts.update(params.id, parseAccount(body), method === 'put' ? 'replace' : 'merge', seenVersions)),
      }),
    ),
    route({
      method: 'delete',
      path: '/accounts/:id',
      permission: 'admin',
      summary: 'Delete an account; with cascade=true also its client keys and people',
      tag: 'accounts',
      params: IdParams,
      query: z.strictObject({ cascade: Flag }),
      responses: { 204: { description: 'Deleted.' } },
      handle: async ({ params, query, seenVersions }) => {
        await accounts.remove(params.id, query.cascade, seenVersions)
        return { status: 204 }
      },
    }),
  ]
}

/** @throws GatewayError validation_failed for what only a single account can have */
function provisioningOf(count: number, body: z.output<typeof AccountBody>): Parameters<AccountProvisioning['provision']>[0] {
  const { priority, verification_enabled: verificationEnabled, ...rest } = body
  const errors = Object.keys(rest).map((name) => ({ path: `/${name}`, message: 'does not go with count' }))
  if (errors.length === 0) return { count, priority, verificationEnabled }
  throw new GatewayError('validation_failed', 'Together with count only priority and verification_enabled may be given.', { errors })
}

function renderProvisioned(made: readonly ProvisionedAccount[]): z.input<typeof ProvisionedView> {
  return { created: made.length, data: made.map(entryOf) }
}
