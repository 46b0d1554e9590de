// What may be written into the restrictions of a client key besides its limits.
import { parseNetwork } from '../domain/network.ts'
import { type FieldError, GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'

interface Restrictions {
  readonly models?: readonly string[] | null | undefined
  readonly networks?: readonly string[] | null | undefined
}

/** @throws GatewayError validation_failed */
export function checkRestrictions({ models, networks }: Restrictions): void {
  const errors: FieldError[] = [...checkList('models', models), ...checkList('networks', networks)]
  for (const [index, model] of (models ?? []).entries()) {
    if (model.length > limits.modelNameCharsMax || !/^[\x21-\x7e]+$/.test(model))
      errors.push({
        path: `/models/${index}`,
        message: `must be the name of a model, or a pattern with *, of 1 to ${limits.modelNameCharsMax} characters without spaces`,
      })
  }
  for (const [index, network] of (networks ?? []).entries()) {
    if (parseNetwork(network) === undefined)
      errors.push({ path: `/networks/${index}`, message: 'must be an address or a CIDR such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/48' })
  }
  if (errors.length > 0) throw new GatewayError('validation_failed', 'A restriction of the client key is not valid.', { errors })
}

/** As they are stored: in full, each once. Only of checked input. */
export function renderNetworks(networks: readonly string[] | null | undefined): readonly string[] | undefined {
  return networks === undefined || networks === null ? undefined : [...new Set(networks.map((network) => parseNetwork(network) ?? network))]
}

/** An empty list would allow nothing, which is what revoking is for. */
function checkList(name: 'models' | 'networks', list: readonly string[] | null | undefined): FieldError[] {
  if (list === undefined || list === null || (list.length >= 1 && list.length <= limits.clientRestrictionsMax)) return []
  return [{ path: `/${name}`, message: `must have 1 to ${limits.clientRestrictionsMax} entries, or be null for no restriction` }]
}
