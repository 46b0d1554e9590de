// The doctor's look from outside: the server on this machine, the public URL, what stands between, and what must not be reachable.
import type { Environment } from '../build.ts'
import type { Config } from '../config.ts'
import { fail, type Finding, pass, warn } from './doctor-finding.ts'
import { askHealth, localBaseUrl } from './health-command.ts'
import { checkStreaming } from './streaming-check.ts'

const TIMEOUT_MS = 3_000
/** Ranges that are larger than the largest private ones, 10.0.0.0/8 and fc00::/7. */
const IPV4_BITS_MIN = 8
const IPV6_BITS_MIN = 7

/** @param publicUrl where clients reach the gateway */
export async function checkSurroundings(environment: Environment, config: Config, publicUrl: string | undefined): Promise<Finding[]> {
  const local = await askHealth(localBaseUrl(environment))
  const findings = [local.isReady ? pass('server', local.detail) : warn('server', `${local.detail}; start it with akr serve`)]
  const base = (publicUrl ?? localBaseUrl(environment)).replace(/\/+$/, '')
  if (publicUrl !== undefined) {
    const reached = await askHealth(base)
    findings.push(reached.isReady ? pass('public URL', reached.detail) : fail('public URL', reached.detail))
    findings.push(...(await checkManagement(config, base)), ...checkTrust(config, base))
  } else if (!local.isReady) {
    return findings
  }
  const { verdict, detail } = await checkStreaming(base)
  const judge = { streams: pass, buffered: fail, unavailable: warn }[verdict]
  return [...findings, judge('streaming', `${base}: ${detail}`)]
}

/** Management behind the public URL is the wish of some; with a port of its own it is a mistake of the load balancer. */
async function checkManagement(config: Config, base: string): Promise<Finding[]> {
  const name = 'management'
  const isPublic = await answersManagement(base)
  if (config.adminListen === undefined) {
    return [
      isPublic
        ? warn(name, `${base}/api/admin is reachable for everybody who reaches the public URL. ADMIN_PORT gives management a port of its own.`)
        : pass(name, 'not reachable through the public URL'),
    ]
  }
  const { port } = config.adminListen
  const direct = new URL(base)
  direct.port = String(port)
  direct.protocol = 'http:'
  const isDirect = !isLoopback(direct.hostname) && (await answersManagement(direct.origin))
  if (isPublic)
    return [fail(name, `${base}/api/admin answers: the load balancer sends clients to the management port ${port}. Route only the port of the gateway.`)]
  if (isDirect)
    return [
      fail(
        name,
        `${direct.origin} answers: the management port is open to whoever reaches the public host. Close it in the firewall, or set ADMIN_HOST=127.0.0.1.`,
      ),
    ]
  return [pass(name, `on port ${port}, not reachable through the public URL`)]
}

/** Management answers 401 in its own words to whoever is not signed in. */
async function answersManagement(origin: string): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/api/admin/upstreams`, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
    return response.status === 401 && (await response.text()).includes('unauthenticated')
  } catch {
    return false
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host)
}

function checkTrust({ trustProxy }: Config, base: string): Finding[] {
  const name = 'trusted proxies'
  const wide = trustProxy.filter((range) => Number(range.split('/')[1]) < (range.includes(':') ? IPV6_BITS_MIN : IPV4_BITS_MIN))
  if (wide.length > 0)
    return [
      fail(
        name,
        `TRUST_PROXY believes large parts of the internet (${wide.join(', ')}): their clients can pretend to be another address. Name the load balancer only.`,
      ),
    ]
  if (trustProxy.length > 0) return [pass(name, trustProxy.join(', '))]
  const { protocol, hostname } = new URL(base)
  if (protocol !== 'https:' && isLoopback(hostname)) return []
  return [
    warn(
      name,
      'none, although there is a public URL: behind a load balancer every client looks like its address, in logs and sign-in locks. Set TRUST_PROXY to its address.',
    ),
  ]
}
