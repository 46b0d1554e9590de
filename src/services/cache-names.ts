// What the processes of one gateway call the things they share in the cache. Another version of the format gets another prefix.
const PREFIX = 'akr:v1:'

/** Topics of the broadcast companion. */
export const TOPICS = {
  configuration: `${PREFIX}topic:configuration`,
  keyStates: `${PREFIX}topic:key-states`,
  replicas: `${PREFIX}topic:replicas`,
  liveInterest: `${PREFIX}topic:live-interest`,
  liveEvents: `${PREFIX}topic:live-events`,
} as const

/** @param set identifies the ready keys of the tier @param tag of a tagged part of the pool */
export function turnCounterName(poolId: string, tier: number, set: string, tag?: string): string {
  const whole = `${PREFIX}turn:${poolId}:${tier}:${set}`
  return tag === undefined ? whole : `${whole}:${tag}`
}

/** @param restedAtMs the state change that sent the key to rest: each rest is ended by a probe of its own */
export function probeRightName(keyId: string, restedAtMs: number): string {
  return `${PREFIX}probe:${keyId}:${restedAtMs}`
}

/** All limits of a key live on one node of a Redis Cluster, so that they can be claimed together. */
export function keyLimitName(keyId: string, limit: 'rpm' | 'rpd' | 'tpm' | 'in-flight'): string {
  return `{${PREFIX}key:${keyId}}:${limit}`
}

/** What is spent of a token limit or a budget: on the node of all limits, so that those of a client key and its account are claimed together. */
export function amountName(id: string): string {
  return `{${PREFIX}limits}:spent:${id}`
}

/** Whose limits a request may be counted against. */
export type LimitOwner = 'client' | 'account' | 'route' | 'global' | 'address'

/**
 * All limits of requests live on one node of a Redis Cluster: any of them may be claimed with any other in one script call, and one limit
 * has one name, whatever it is claimed with. Addresses are claimed alone, so that they spread.
 */
export function limitName(owner: LimitOwner, id: string, limit: string): string {
  return owner === 'address' ? `{${PREFIX}address:${id}}:${limit}` : `{${PREFIX}limits}:${owner}:${id}:${limit}`
}
