// What a client key may not do: call from elsewhere, or ask for other models.
import { BlockList, isIP, isIPv4 } from 'node:net'
import type { ClientKey } from '../domain/client-key.ts'
import { Glob } from '../domain/glob.ts'
import { GatewayError } from '../errors.ts'
import type { CapturedBody } from './body.ts'
import { readMembers } from './json-member.ts'

const networksOf = new WeakMap<readonly string[], BlockList>()
const globsOf = new WeakMap<readonly string[], readonly Glob[]>()

/**
 * @param address of the client without IPv4 mapping; empty when nobody can vouch for it
 * @throws GatewayError network_forbidden
 */
export function assertNetwork(key: ClientKey, networks: readonly string[], address: string): void {
  if (isIP(address) !== 0 && compileNetworks(networks).check(address, isIPv4(address) ? 'ipv4' : 'ipv6')) return
  const from =
    address === ''
      ? 'This request came through a proxy that the gateway is not told to trust (TRUST_PROXY), so its sender is unknown.'
      : `This request came from ${address}.`
  throw new GatewayError('network_forbidden', `The client key '${key.name}' may only be used from certain networks. ${from} Ask the gateway's administrator.`)
}

export interface ModelRequest {
  readonly method: string
  /** As it goes upstream, without the query. */
  readonly path: string
  readonly query: string
  readonly body: CapturedBody
  /** `content-encoding` of the body; undefined when it is plain. */
  readonly encoding: string | undefined
  /** The vendor names the model in the path alone. */
  readonly isModelInPath: boolean
  /** A WebSocket's handshake: what comes behind it is not read. */
  readonly isUpgrade: boolean
}

/** `/v1beta/models/<m>:generateContent`, `/tunedModels/<m>`, `/openai/deployments/<m>/…` */
const MODELS_IN_PATH = /\/(?:models|tunedModels|deployments)\/([^/:]+)/gi
/** Jobs carry their models inside files or lists. */
const BATCH_PATH = /\/batches(?:\/|$)/i

/**
 * Every model that the request names must be allowed, and a body that names none in a place the gateway can read is refused:
 * whoever restricts a key wants nothing to pass unseen.
 * @throws GatewayError model_not_allowed, request_too_large
 */
export function assertModels(key: ClientKey, allowed: readonly string[], request: ModelRequest): void {
  const refuse = (what: string): never => {
    throw new GatewayError('model_not_allowed', `The client key '${key.name}' may not use ${what}. It may use: ${allowed.join(', ')}.`)
  }
  const path = decode(request.path)
  const names = [...[...path.matchAll(MODELS_IN_PATH)].map(([, name = '']) => name), ...queryModels(request.query)]
  if (request.isUpgrade) {
    names.push(...new URLSearchParams(request.query).getAll('deployment'))
    if (names.length === 0) refuse('a WebSocket whose address names no model')
  }
  const isNamedInPath = request.isModelInPath && names.length > 0
  if (request.body.buffer !== undefined || request.body.stream !== undefined)
    names.push(...(bodyModels(request, isNamedInPath) ?? refuse('a request whose model the gateway cannot read')))
  if (request.method !== 'GET' && request.method !== 'HEAD' && BATCH_PATH.test(path)) refuse('batches, whose models the gateway cannot read')
  const globs = compileGlobs(allowed)
  for (const name of names) {
    const model = name.startsWith('models/') ? name.slice(7) : name
    if (!globs.some((glob) => glob.matches(model))) refuse(`the model '${model.slice(0, 100)}'`)
  }
}

/** undefined when there must be one and none can be read. */
function bodyModels({ body, encoding }: ModelRequest, isNamedInPath: boolean): readonly string[] | undefined {
  const { buffer } = body
  if (buffer === undefined) {
    throw new GatewayError(
      'request_too_large',
      "This client key may use certain models only, and the body is too large to look for the model's name in it. Send a smaller one.",
    )
  }
  if (encoding !== undefined && encoding !== 'identity') return undefined
  // Some vendors read names of members without regard to case, and take the last of several.
  const members = readMembers(buffer, (name) => /^models?$/i.test(name))
  if (members === undefined) return isNamedInPath ? [] : undefined
  const names: string[] = []
  for (const value of members) {
    // `models` is a list of fallbacks to some vendors.
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof one !== 'string') return undefined
      names.push(one)
    }
  }
  return names.length > 0 || isNamedInPath ? names : undefined
}

function queryModels(query: string): string[] {
  if (!query.includes('model')) return []
  return new URLSearchParams(query).getAll('model')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function compileNetworks(networks: readonly string[]): BlockList {
  let list = networksOf.get(networks)
  if (list !== undefined) return list
  networksOf.set(networks, (list = new BlockList()))
  for (const network of networks) {
    const [base = '', bits] = network.split('/')
    list.addSubnet(base, Number(bits), isIPv4(base) ? 'ipv4' : 'ipv6')
  }
  return list
}

function compileGlobs(patterns: readonly string[]): readonly Glob[] {
  let globs = globsOf.get(patterns)
  if (globs === undefined) globsOf.set(patterns, (globs = patterns.map((pattern) => new Glob(pattern))))
  return globs
}
