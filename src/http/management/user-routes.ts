// The people who manage the gateway, or one account; for admins.
import { z } from 'zod'
import { Secret } from '../../domain/secret.ts'
import { ROLES } from '../../domain/user.ts'
import type { User } from '../../domain/user.ts'
import type { UserAdmin } from '../../services/user-admin.ts'
import { route } from '../registry.ts'
import type { Answer, Route } from '../registry.ts'
import { renderEtag } from '../validation.ts'
import { AccountId, accountFor } from './account-view.ts'
import { IdParams, PageQuery, listOf, renderList } from './schemas.ts'
import { UserView, renderUser } from './user-view.ts'

const Password = z.string().min(1).max(1024).describe('12 to 128 characters, not a well-known one.')
const NewUserBody = z.strictObject({
  username: z.string().min(1).max(64),
  password: Password,
  role: z.enum(ROLES),
  enabled: z.boolean().optional(),
  account_id: AccountId,
})
const UserChangeBody = NewUserBody.omit({ username: true, account_id: true }).partial()

export function createUserRoutes(users: UserAdmin): Route[] {
  return [
    route({
      method: 'get',
      path: '/users',
      permission: 'admin',
      account: 'own',
      summary: 'List users',
      tag: 'users',
      query: PageQuery,
      responses: { 200: { description: 'Users in order of creation.', schema: listOf(UserView) } },
      handle: async ({ query, own }) => ({ status: 200, body: renderList(query, await users.list(query, own), renderUser) }),
    }),
    route({
      method: 'post',
      path: '/users',
      permission: 'admin',
      account: 'own',
      summary: 'Create a user',
      tag: 'users',
      body: NewUserBody,
      example: { username: 'ada', password: 'Quarry-lantern-73-moss', role: 'operator' },
      responses: { 201: { description: 'Created.', schema: UserView } },
      handle: async ({ body: { account_id, ...body }, own }) =>
        answer(201, await users.create({ ...body, password: new Secret(body.password), accountId: accountFor(account_id, own) ?? undefined })),
    }),
    route({
      method: 'get',
      path: '/users/:id',
      permission: 'admin',
      account: 'own',
      summary: 'Get a user',
      tag: 'users',
      params: IdParams,
      responses: { 200: { description: 'The user.', schema: UserView } },
      handle: async ({ params, own }) => answer(200, await users.get(params.id, own)),
    }),
    route({
      method: 'patch',
      path: '/users/:id',
      permission: 'admin',
      account: 'own',
      summary: 'Change a password, a role, or switch a user off; ends the sessions of this user',
      tag: 'users',
      params: IdParams,
      body: UserChangeBody,
      example: { role: 'viewer' },
      responses: { 200: { description: 'Changed.', schema: UserView } },
      handle: async ({ params, body, seenVersions, own }) => {
        const password = body.password === undefined ? undefined : new Secret(body.password)
        return answer(200, await users.update(params.id, { ...body, password }, seenVersions, own))
      },
    }),
    route({
      method: 'delete',
      path: '/users/:id',
      permission: 'admin',
      account: 'own',
      summary: 'Delete a user',
      tag: 'users',
      params: IdParams,
      responses: { 204: { description: 'Deleted.' } },
      handle: async ({ params, seenVersions, own }) => {
        await users.remove(params.id, seenVersions, own)
        return { status: 204 }
      },
    }),
  ]
}

function answer(status: 200 | 201, user: User): Answer {
  const location = status === 201 ? `/users/${user.id}` : undefined
  return { status, body: renderUser(user), etag: renderEtag(user.updatedAtMs), location }
}
