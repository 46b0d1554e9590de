// Sign-in, sessions and first set-up.
import { z } from 'zod'
import { Secret } from '../../domain/secret.ts'
import { ROLES } from '../../domain/user.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Setup } from '../../services/setup.ts'
import type { Session, UserAuth } from '../../services/user-auth.ts'
import { route } from '../registry.ts'
import type { Answer, Call, Route } from '../registry.ts'
import { UserView, renderUser } from './user-view.ts'

export interface AuthRouteDependencies {
  readonly auth: UserAuth
  readonly setup: Setup
  readonly clock: Clock
}

const Credentials = z.strictObject({
  username: z.string().min(1).max(128),
  password: z.string().min(1).max(1024),
  session: z.enum(['token', 'cookie']).default('token').describe('cookie: for browsers; the token is then in an httpOnly cookie and not in the answer.'),
})

const SetupBody = Credentials.extend({ token: z.string().min(1).max(256) })

const SessionView = z.object({
  access_token: z.string().optional().describe('Not with session: cookie.'),
  token_type: z.literal('Bearer').optional(),
  expires_in: z.int().describe('Seconds.'),
  user: UserView,
})

const SetupView = z.object({ open: z.boolean().describe('True until there is a user.'), roles: z.array(z.enum(ROLES)) })

export function createAuthRoutes({ auth, setup, clock }: AuthRouteDependencies): Route[] {
  const login = async ({ body, network }: Call<unknown, unknown, z.output<typeof Credentials>>): Promise<Answer> =>
    renderSession(200, await auth.login(body.username, new Secret(body.password), network), body.session === 'cookie')
  const loginRoute = (path: string): Route =>
    route({
      method: 'post',
      path,
      permission: 'public',
      summary: 'Sign in',
      tag: 'auth',
      body: Credentials,
      example: { username: 'admin', password: 'Tr4verse-granite-otter' },
      responses: { 200: { description: 'Signed in.', schema: SessionView } },
      handle: login,
    })
  return [
    loginRoute('/login'),
    loginRoute('/auth/login'),
    route({
      method: 'post',
      path: '/auth/logout',
      permission: 'signed_in',
      account: 'own',
      summary: 'End all sessions of the person who calls',
      tag: 'auth',
      idempotency: 'none',
      responses: { 204: { description: 'Every access token of this person is void.' } },
      handle: async ({ signedIn }) => {
        await auth.logout(signedIn.user.id)
        return { status: 204, session: { token: '', maxAgeMs: 0 } }
      },
    }),
    route({
      method: 'post',
      path: '/auth/refresh',
      permission: 'signed_in',
      account: 'own',
      summary: 'Get a new access token for the same session',
      tag: 'auth',
      idempotency: 'none',
      responses: { 200: { description: 'A new token; the session still ends 12 hours after the sign-in.', schema: SessionView } },
      handle: async ({ signedIn, hasCookie }) => renderSession(200, await auth.refresh(signedIn), hasCookie),
    }),
    route({
      method: 'get',
      path: '/auth/me',
      permission: 'signed_in',
      account: 'own',
      summary: 'Say who is signed in',
      tag: 'auth',
      responses: { 200: { description: 'The person.', schema: UserView } },
      handle: ({ signedIn }) => ({ status: 200, body: renderUser(signedIn.user) }),
    }),
    route({
      method: 'get',
      path: '/setup',
      permission: 'public',
      summary: 'Say whether the first admin is still to be created',
      tag: 'auth',
      responses: { 200: { description: 'The state of set-up.', schema: SetupView } },
      handle: async () => ({ status: 200, body: { open: await setup.isOpen(), roles: ROLES } }),
    }),
    route({
      method: 'post',
      path: '/setup',
      permission: 'public',
      summary: 'Create the first admin with the one-time token of the set-up link',
      tag: 'auth',
      body: SetupBody,
      example: { token: 'the part of the set-up link behind token=', username: 'admin', password: 'Tr4verse-granite-otter' },
      responses: { 201: { description: 'Created and signed in.', schema: SessionView } },
      handle: async ({ body }) => {
        const user = await setup.complete(body.token, body.username, new Secret(body.password))
        return renderSession(201, await auth.createSession(user, clock.nowMs()), body.session === 'cookie')
      },
    }),
  ]
}

function renderSession(status: number, { accessToken, expiresInMs, user }: Session, hasCookie: boolean): Answer {
  const body = { expires_in: Math.floor(expiresInMs / 1000), user: renderUser(user) }
  if (hasCookie) return { status, body, session: { token: accessToken.reveal(), maxAgeMs: expiresInMs } }
  return { status, body: { access_token: accessToken.reveal(), token_type: 'Bearer', ...body } }
}
