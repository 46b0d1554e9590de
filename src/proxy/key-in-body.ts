// Requests that cannot carry the key of an upstream that takes it in the JSON body.
import { GatewayError } from '../errors.ts'
import type { Admission } from './exchange-parts.ts'

/** @throws GatewayError request_malformed, request_too_large */
export function assertKeyFits({ destination: { upstream }, body }: Admission, isUpgrade: boolean): void {
  if (upstream.keyPlacement.location !== 'body') return
  if (isUpgrade) throw new GatewayError('request_malformed', `'${upstream.slug}' takes its key in a JSON body, which a WebSocket has not. Call it over HTTP.`)
  if (body.stream !== undefined) {
    const detail = `'${upstream.slug}' takes its key in the JSON body, and this body is too large to put one in. Send a smaller one.`
    throw new GatewayError('request_too_large', detail)
  }
}
