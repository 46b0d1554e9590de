// The variables of WebSockets.
import { limits } from '../limits.ts'
import type { Variable } from './variable.ts'

const HOUR = 3_600

export const webSocketVariables = {
  MAX_WEBSOCKETS: {
    type: 'integer',
    min: 0,
    max: 100_000,
    default: limits.webSocketsMax,
    group: 'Limits',
    about: 'WebSockets of one process, handshakes included; above it the answer is 503 `overloaded`. 0 switches them off.',
  },
  WEBSOCKET_IDLE_TIMEOUT: {
    type: 'seconds',
    min: 1,
    max: 24 * HOUR,
    default: limits.webSocketIdleMs / 1000,
    group: 'Limits',
    about: "Seconds without a byte either way after which a WebSocket is closed; pings count. An upstream's own idle timeout wins.",
  },
  WEBSOCKET_MAX_DURATION: {
    type: 'seconds',
    min: 1,
    max: 7 * 24 * HOUR,
    default: limits.webSocketTotalMs / 1000,
    group: 'Limits',
    about: "Seconds that a WebSocket may be open. An upstream's own total timeout wins.",
  },
} as const satisfies Record<string, Variable>
