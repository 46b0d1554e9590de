// How a person is shown.
import { z } from 'zod'
import { ROLES } from '../../domain/user.ts'
import type { User } from '../../domain/user.ts'
import { Id, renderTime } from './schemas.ts'

export const UserView = z.object({
  id: Id,
  username: z.string(),
  role: z.enum(ROLES),
  account_id: Id.nullable().describe('The account that the person is confined to; null = the whole gateway.'),
  enabled: z.boolean(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})

export function renderUser(user: User): z.input<typeof UserView> {
  return {
    id: user.id,
    username: user.username,
    role: user.role,
    account_id: user.accountId ?? null,
    enabled: user.enabled,
    created_at: renderTime(user.createdAtMs) as string,
    updated_at: renderTime(user.updatedAtMs) as string,
  }
}
