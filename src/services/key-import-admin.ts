// Adds many upstream keys at once: recognised, deduplicated, all or none.
import { IMPORT_INVALID_MAX } from '../domain/key-import-collector.ts'
import type { ImportedKey, InvalidLine, KeyImport } from '../domain/key-import-collector.ts'
import { Secret } from '../domain/secret.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { KeyCounts } from './upstream-admin.ts'
import type { ConfigurationWriter } from './configuration-writer.ts'
import { sealKey } from './key-entry.ts'
import type { KeySealing } from './key-entry.ts'
import type { Repositories, SealedUpstreamKey, Store } from '../ports/store.ts'
import type { Upstream } from '../domain/upstream.ts'

export interface KeyImportAdminDependencies {
  readonly store: Store
  readonly writer: ConfigurationWriter
  readonly sealing: KeySealing
}

/** Line lists hold at most IMPORT_INVALID_MAX entries; the counts are true. */
export interface KeyImportResult {
  readonly created: number
  readonly duplicates: number
  readonly invalid: number
  /** Accepted, but do not look like the vendor's keys. */
  readonly suspicious: number
  readonly duplicateLines: readonly number[]
  readonly invalidLines: readonly InvalidLine[]
  readonly suspiciousLines: readonly number[]
}

/** How many values are sealed between two turns of the event loop. */
const SEAL_SLICE = 500
const DEFAULTS = { weight: [1, 1000], tier: [0, 100] } as const

export class KeyImportAdmin {
  readonly #dependencies: KeyImportAdminDependencies

  constructor(dependencies: KeyImportAdminDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * @param isDryRun says what would happen and stores nothing
   * @throws GatewayError not_found, conflict when the pool would grow above limits.keysPerPoolMax
   */
  async import(upstreamId: string, parsed: KeyImport, actor: string, isDryRun: boolean): Promise<KeyImportResult> {
    const { writer } = this.#dependencies
    return this.#import(upstreamId, parsed, actor, isDryRun ? undefined : (work) => writer.change(work))
  }

  /**
   * One piece of a large import. Its keys are in rotation after the next `putInForce`, or any other change.
   * @param accompany what is stored with the keys or not at all; not called when there is none to be stored
   * @throws GatewayError like import, and what `accompany` throws
   */
  async importPiece(
    upstreamId: string,
    parsed: KeyImport,
    actor: string,
    accompany: (result: KeyImportResult, repositories: Repositories) => Promise<void>,
  ): Promise<KeyImportResult> {
    const { store } = this.#dependencies
    return this.#import(upstreamId, parsed, actor, (work) =>
      store.transaction(async (repositories) => {
        const result = await work(repositories)
        await accompany(result, repositories)
        return result
      }),
    )
  }

  async putInForce(): Promise<void> {
    await this.#dependencies.writer.change(() => Promise.resolve())
  }

  /** @throws GatewayError not_found */
  async findUpstream(id: string): Promise<Upstream> {
    const upstream = await this.#dependencies.store.upstreams.findById(id)
    if (upstream === undefined) throw new GatewayError('not_found', `There is no upstream with the id "${id}".`)
    return upstream
  }

  /** @param change runs a transaction; undefined = nothing is stored */
  async #import(
    upstreamId: string,
    parsed: KeyImport,
    actor: string,
    change: ((work: (repositories: Repositories) => Promise<KeyImportResult>) => Promise<KeyImportResult>) | undefined,
  ): Promise<KeyImportResult> {
    const { store, sealing } = this.#dependencies
    const upstream = await this.findUpstream(upstreamId)
    const { valid, invalid } = checkRanges(parsed)
    const digests = await this.#digestAll(valid)
    const invalidCount = parsed.invalidCount + invalid.length - parsed.invalid.length
    const pattern = sealing.findAdapter(upstream.adapter)?.keyPattern
    const known = dedupe(valid, digests, await store.keys.findExistingDigests(upstreamId, digests))
    if (change === undefined || known.fresh.length === 0) return summarize(known, invalid, invalidCount, pattern)
    const sealed = await this.#sealAll(known.fresh, upstream, actor)
    return change(async ({ keys }) => {
      // Somebody may have imported the same keys since they were looked up.
      const nowKnown = await keys.findExistingDigests(upstreamId, digests)
      const rows = sealed.filter((row) => !nowKnown.has(row.valueDigest))
      refuseOverfullPool(await keys.countByState(upstreamId), rows.length)
      await keys.insertMany(rows)
      return summarize(dedupe(valid, digests, nowKnown), invalid, invalidCount, pattern)
    })
  }

  async #digestAll(keys: readonly ImportedKey[]): Promise<string[]> {
    const digests: string[] = []
    for (const [index, key] of keys.entries()) {
      digests.push(this.#dependencies.sealing.digester.upstreamKeyDigest(new Secret(key.value)))
      if (index % SEAL_SLICE === SEAL_SLICE - 1) await nextTurn()
    }
    return digests
  }

  async #sealAll(keys: readonly ImportedKey[], upstream: Upstream, actor: string): Promise<SealedUpstreamKey[]> {
    const rows: SealedUpstreamKey[] = []
    for (const [index, key] of keys.entries()) {
      rows.push(sealKey(key, upstream, actor, this.#dependencies.sealing, index))
      if (index % SEAL_SLICE === SEAL_SLICE - 1) await nextTurn()
    }
    return rows
  }
}

/** @throws GatewayError conflict */
export function refuseOverfullPool(counts: KeyCounts, added: number): void {
  const present = Object.values(counts).reduce((sum, count) => sum + count, 0)
  if (present + added <= limits.keysPerPoolMax) return
  throw new GatewayError('conflict', `The pool has ${present} keys; ${added} more would exceed its limit of ${limits.keysPerPoolMax}.`)
}

function checkRanges(parsed: KeyImport): { valid: ImportedKey[]; invalid: InvalidLine[] } {
  const invalid = [...parsed.invalid]
  const valid = parsed.keys.filter((key) => {
    for (const name of ['weight', 'tier'] as const) {
      const [min, max] = DEFAULTS[name]
      const value = key[name] ?? min
      if (value < min || value > max) {
        invalid.push({ line: key.line, reason: `has a ${name} outside ${min} to ${max}` })
        return false
      }
    }
    return true
  })
  return { valid, invalid }
}

function dedupe(keys: readonly ImportedKey[], digests: readonly string[], known: ReadonlySet<string>): { fresh: ImportedKey[]; duplicateLines: number[] } {
  const seen = new Set(known)
  const fresh: ImportedKey[] = []
  const duplicateLines: number[] = []
  for (const [index, key] of keys.entries()) {
    const digest = digests[index] as string
    if (seen.has(digest)) duplicateLines.push(key.line)
    else fresh.push(key)
    seen.add(digest)
  }
  return { fresh, duplicateLines }
}

function summarize(
  outcome: { fresh: readonly ImportedKey[]; duplicateLines: readonly number[] },
  invalid: readonly InvalidLine[],
  invalidCount: number,
  pattern: RegExp | undefined,
): KeyImportResult {
  const suspicious = pattern === undefined ? [] : outcome.fresh.filter((key) => !pattern.test(key.value)).map((key) => key.line)
  return {
    created: outcome.fresh.length,
    duplicates: outcome.duplicateLines.length,
    invalid: invalidCount,
    suspicious: suspicious.length,
    duplicateLines: outcome.duplicateLines.slice(0, IMPORT_INVALID_MAX),
    invalidLines: invalid.slice(0, IMPORT_INVALID_MAX),
    suspiciousLines: suspicious.slice(0, IMPORT_INVALID_MAX),
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
