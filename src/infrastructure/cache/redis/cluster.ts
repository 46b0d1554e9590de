// A Redis Cluster: one link to each primary, keys by slot, and who has which slot learnt again whenever something is not as expected.
import { setTimeout as delay } from 'node:timers/promises'
import { limits } from '../../../limits.ts'
import { type Client, type ClientOptions, destroyClient, openClient } from './client.ts'
import { Link } from './link.ts'
import type { Address, RedisOptions } from './options.ts'
import { Pace } from './pace.ts'
import type { RedisReplyError } from './replies.ts'
import { parseSlots, slotOf, SLOTS, type SlotRange } from './slots.ts'
import { probeCommand, type Topology, type TopologyDeps } from './topology.ts'

interface Node {
  readonly address: Address
  readonly link: Link
  probeKey: string
}

export class ClusterTopology implements Topology {
  readonly hasOneServer = false
  readonly #seeds: readonly Address[]
  readonly #client: ClientOptions
  readonly #deps: TopologyDeps
  readonly #name: string
  readonly #closing = new AbortController()
  readonly #nodes = new Map<string, Node>()
  #owners: (Node | undefined)[] = []
  #isStale = false
  #wake: (() => void) | undefined
  #rounds = 0

  constructor(options: RedisOptions, client: ClientOptions, deps: TopologyDeps) {
    this.#seeds = options.addresses
    this.#client = client
    this.#deps = deps
    this.#name = this.#seeds.map(nameOf).join(',')
  }

  start(): void {
    void this.#learn()
  }

  linkOf(key: string): Link | undefined {
    return this.#owners[slotOf(key)]?.link
  }

  anyLink(): Link | undefined {
    for (const { link } of this.#nodes.values()) if (link.isUp) return link
    return undefined
  }

  /** `MOVED 3999 127.0.0.1:6381`, `ASK 3999 127.0.0.1:6381`. A node that is not known yet is no target: it will be in a moment. */
  redirect(error: RedisReplyError): { readonly link: Link; readonly isAsking: boolean } | undefined {
    if (error.code !== 'MOVED' && error.code !== 'ASK') return undefined
    if (error.code === 'MOVED') this.#relearn()
    const node = this.#nodes.get(error.text.split(' ')[2] ?? '')
    return node === undefined ? undefined : { link: node.link, isAsking: error.code === 'ASK' }
  }

  /** Messages reach every node of a Cluster, so any will do. */
  connectApart(): Promise<Client> {
    const up = [...this.#nodes.values()].filter(({ link }) => link.isUp)
    const node = up[Math.floor(this.#deps.random.fraction() * up.length)]
    return openClient(node?.address ?? (this.#seeds[0] as Address), this.#client)
  }

  close(): void {
    this.#closing.abort()
    this.#wake?.()
    for (const { link } of this.#nodes.values()) link.close()
  }

  async #learn(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      this.#isStale = false
      try {
        const ranges = await this.#askForSlots()
        if (!signal.aborted) this.#apply(ranges)
      } catch (error) {
        this.#isStale = true
        if (!signal.aborted && this.anyLink() === undefined) this.#deps.onDown(this.#name, error)
      }
      await delay(limits.cacheReconnectGapMs, undefined, { ref: false, signal }).catch(() => {})
      // While a primary is away another one is about to be elected.
      if (!this.#isStale && this.#away() === undefined && !signal.aborted) await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #relearn(): void {
    this.#isStale = true
    this.#wake?.()
  }

  async #askForSlots(): Promise<readonly SlotRange[]> {
    const up = [...this.#nodes.values()].filter(({ link }) => link.isUp)
    const node = up[this.#rounds++ % up.length]
    if (node !== undefined) return parseSlots(await node.link.send('cluster', ['slots']), node.address)
    if (this.#nodes.size === 0 && this.#rounds === 1) return Promise.any(this.#seeds.map((seed) => this.#askApart(seed))).catch(firstOf)
    const candidates = [...this.#seeds, ...[...this.#nodes.values()].map(({ address }) => address)]
    await delay(this.#deps.pace.takeTurn(), undefined, { ref: false, signal: this.#closing.signal })
    return this.#askApart(candidates[this.#rounds % candidates.length] as Address)
  }

  async #askApart(address: Address): Promise<readonly SlotRange[]> {
    const client = await openClient(address, this.#client)
    const timer = setTimeout(() => destroyClient(client), limits.cacheConnectTimeoutMs)
    try {
      return parseSlots(await client.call('CLUSTER', 'SLOTS'), address)
    } finally {
      clearTimeout(timer)
      destroyClient(client)
    }
  }

  #apply(ranges: readonly SlotRange[]): void {
    // A node that was thrown out, or has just begun, knows of nobody: what is known is better.
    if (ranges.length === 0) throw new Error('the cluster gives no slots to any node')
    const owners: (Node | undefined)[] = Array.from({ length: SLOTS })
    const fresh: Node[] = []
    for (const { from, to, primary } of ranges) {
      let node = this.#nodes.get(nameOf(primary))
      if (node === undefined) fresh.push((node = this.#addNode(primary)))
      owners.fill(node, from, to + 1)
    }
    this.#owners = owners
    const kept = new Set(owners)
    for (const [name, node] of this.#nodes) {
      if (kept.has(node)) continue
      this.#nodes.delete(name)
      node.link.close()
    }
    for (const { link } of fresh) void link.start()
    this.#report()
  }

  #addNode(address: Address): Node {
    const name = nameOf(address)
    const link = new Link({
      // A pace of its own: a lost node that is tried again and again must not hold up the way back to a healthy one.
      ...{ pace: new Pace(this.#deps), random: this.#deps.random, commandTimeoutMs: this.#deps.commandTimeoutMs },
      connect: () => openClient(address, this.#client),
      probe: () => probeCommand(this.#probeKeyOf(node)),
      onUp: (isNew) => {
        if (isNew) this.#deps.onConnect(name, link)
        this.#report()
      },
      onDown: (reason) => {
        this.#deps.onDown(this.#name, reason)
        this.#relearn()
      },
    })
    const node: Node = { address, link, probeKey: '' }
    this.#nodes.set(name, node)
    return node
  }

  /** A key that this very node has: each is probed by a write of its own. */
  #probeKeyOf(node: Node): string {
    if (this.#owners[slotOf(node.probeKey)] === node) return node.probeKey
    for (let i = 0; i < SLOTS * 4; i++) {
      node.probeKey = `${this.#deps.keyPrefix}probe${i}`
      if (this.#owners[slotOf(node.probeKey)] === node) break
    }
    return node.probeKey
  }

  #away(): Node | undefined {
    for (const node of this.#nodes.values()) if (!node.link.isUp) return node
    return undefined
  }

  /** Some of the keys are out of reach as long as one primary is. */
  #report(): void {
    if (this.#away() === undefined) this.#deps.onUp(this.#name)
  }
}

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`
}

function firstOf(error: unknown): never {
  throw (error as AggregateError).errors[0]
}
