// What a listener asks for, as HTTP and WebSocket clients write it.
import { z } from 'zod'
import { ACCOUNT_TOPICS, LIVE_TOPICS, type LiveSubscription, type LiveTopic } from '../../domain/live-event.ts'
import { GatewayError } from '../../errors.ts'

const Name = z.string().min(1).max(64).optional()

export const LiveFilterBody = z.strictObject({
  upstream: Name.describe('Slug. Held against requests, keys and targets.'),
  client_key_id: Name.describe('Held against requests.'),
  account_id: Name.describe('Held against requests and jobs.'),
})

export type LiveFilterInput = z.output<typeof LiveFilterBody>

export function topicsFor(own: string | undefined): readonly LiveTopic[] {
  return own === undefined ? LIVE_TOPICS : ACCOUNT_TOPICS
}

/**
 * @param topics undefined = all that there are for this person
 * @param own account that the person is confined to
 * @throws GatewayError validation_failed, not_found for another account
 */
export function readSubscription(topics: readonly string[] | undefined, filter: LiveFilterInput, own: string | undefined): LiveSubscription {
  const known = topicsFor(own)
  const unknown = topics?.find((topic) => !known.some((each) => each === topic))
  if (unknown !== undefined || topics?.length === 0) {
    const message = `must name some of: ${known.join(', ')}`
    throw new GatewayError('validation_failed', `"${String(unknown ?? '').slice(0, 40)}" is no topic; topics ${message}.`, {
      errors: [{ path: '/topics', message }],
    })
  }
  const { upstream, client_key_id: clientKeyId, account_id: accountId } = filter
  if (own !== undefined && accountId !== undefined && accountId !== own) throw new GatewayError('not_found', `There is no account with the id "${accountId}".`)
  return { topics: known.filter((topic) => topics?.includes(topic) ?? true), upstream, clientKeyId, accountId: own ?? accountId, isOwn: own !== undefined }
}
