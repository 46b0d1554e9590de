// Live events: by Server-Sent Events, where WebSockets are opened, and who listens.
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import { LIVE_TOPICS } from '../../domain/live-event.ts'
import { GatewayError } from '../../errors.ts'
import { EventStream } from '../live/event-stream.ts'
import { LISTENER_ACCESS } from '../live/listener-access.ts'
import { assertListenersWelcome, forgetListener, type LiveServices, renderHello } from '../live/live-services.ts'
import { LiveFilterBody, readSubscription } from '../live/subscription.ts'
import { route } from '../registry.ts'
import type { Route } from '../registry.ts'

export interface EventRouteDependencies extends LiveServices {
  /** WebSockets between clients and vendors. */
  readonly tunnels: () => { readonly open: number; readonly max: number }
}

const EventsQuery = LiveFilterBody.extend({
  topics: z
    .string()
    .max(200)
    .optional()
    .describe(`Names with commas between them: ${LIVE_TOPICS.join(', ')}. Default: all.`),
  last_event_id: z.string().max(128).optional().describe('Like the header Last-Event-ID, which wins.'),
})

const count = z.int()

const StatsView = z.object({
  listeners: z.object({ websocket: count, sse: count, max: count }),
  listeners_by_topic: z.record(z.enum(LIVE_TOPICS), count),
  subscriptions: count.describe('Different ones.'),
  events: count.describe('That somebody listened to, since the start.'),
  sent: count.describe('How many times an event was sent to somebody.'),
  skipped: count.describe('Left out because there were too many at once.'),
  ended: z.record(z.string(), count).describe('Listeners that were sent away, by reason.'),
  proxied: z.object({ open: count, max: count }).describe('WebSockets between clients and vendors.'),
})

export function createEventRoutes(live: EventRouteDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/events',
      ...LISTENER_ACCESS,
      summary: 'Listen to what happens: requests, keys, changes, jobs, targets, health, replicas. See docs/events.md',
      tag: 'events',
      query: EventsQuery,
      responses: { 200: { description: 'Events until one of both sides ends it.', schema: z.string(), contentType: 'text/event-stream' } },
      handle: ({ query: { topics, last_event_id: lastEventId, ...filter }, signedIn, own }) => {
        assertListenersWelcome(live)
        const subscription = readSubscription(topics?.split(','), filter, own)
        const { hub, sessions } = live
        const stream = (response: ServerResponse): void => {
          const listener = new EventStream(response)
          hub.add(listener)
          response.once('close', () => forgetListener(live, listener))
          const missed = hub.subscribe(listener, subscription, [response.req.headers['last-event-id']].flat()[0] ?? lastEventId)
          sessions.watch(listener, signedIn)
          listener.begin({ ...renderHello(live, signedIn), gap: missed === undefined })
          if (missed !== undefined && missed.count > 0) listener.send(missed.bytesFor(listener.encoding))
        }
        return { status: 200, stream }
      },
    }),
    route({
      method: 'get',
      path: '/ws',
      ...LISTENER_ACCESS,
      summary: 'Listen by WebSocket, also at /ws. See docs/events.md',
      tag: 'events',
      responses: { 101: { description: 'Open: subscribe now.' } },
      handle: () => {
        throw new GatewayError(
          'request_malformed',
          'This path speaks WebSocket: connect to it as to wss://…/ws. Without WebSockets, use GET /api/admin/events.',
        )
      },
    }),
    route({
      method: 'get',
      path: '/websocket/stats',
      permission: 'viewer',
      summary: 'Say who listens to this process, and how many WebSockets it carries',
      tag: 'events',
      responses: { 200: { description: 'Numbers of this process.', schema: StatsView } },
      handle: () => ({ status: 200, body: renderStats(live) }),
    }),
  ]
}

function renderStats({ hub, tunnels }: EventRouteDependencies): z.input<typeof StatsView> {
  const { listeners, listenersByTopic, listenersMax, ...counts } = hub.stats()
  return { listeners: { ...listeners, max: listenersMax }, listeners_by_topic: listenersByTopic, ...counts, proxied: tunnels() }
}
