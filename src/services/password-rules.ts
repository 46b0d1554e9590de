// Refuses passwords that the rules of the domain do not accept.
import { findPasswordFault } from '../domain/account-rules.ts'
import { GatewayError } from '../errors.ts'

export { normalizeUsername, USERNAME_PATTERN } from '../domain/account-rules.ts'

/** @throws GatewayError validation_failed; never quotes the password */
export function assertPasswordAccepted(password: string, username: string): void {
  const fault = findPasswordFault(password, username)
  if (fault === undefined) return
  throw new GatewayError('validation_failed', `The password ${fault}.`, { errors: [{ path: '/password', message: fault }] })
}
