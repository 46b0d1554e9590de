// Who changed what: every write transaction of the management plane writes its own record, or fails with it (D20).
import type { AuditEntry } from '../domain/audit.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { LiveFeed } from '../domain/live-event.ts'
import type { AuditFilter } from '../ports/audit-repository.ts'
import type { AuditContext, AuditScope } from '../ports/audit-scope.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester } from '../ports/key-vault.ts'
import { UniqueViolationError } from '../ports/store.ts'
import type { Repositories, Store } from '../ports/store.ts'
import { appendToChain, readChain, verifyPart } from './audit-chain.ts'
import { type JournalLine, readOnly, watched } from './audit-journal.ts'
import { changeNews } from './live/live-news.ts'

export interface AuditTrailDependencies {
  readonly store: Store
  readonly scope: AuditScope
  readonly clock: Clock
  readonly digester: Digester
  /** On whose behalf something is done that nobody asked for over the network. */
  readonly itself: 'gateway' | 'command line'
  /** Told of every change that was stored. */
  readonly feed?: LiveFeed | undefined
}

export interface AuditVerdict {
  readonly whole: boolean
  readonly checked: number
  readonly fault: { readonly id: string; readonly reason: string } | undefined
  /** Where to go on; undefined at the end of the record, or at a fault. */
  readonly nextId: string | undefined
}

export class AuditTrail {
  readonly #dependencies: AuditTrailDependencies

  constructor(dependencies: AuditTrailDependencies) {
    this.#dependencies = dependencies
  }

  /** Everything that `work` changes is recorded with this context. */
  as<T>(context: AuditContext, work: () => T): T {
    return this.#dependencies.scope.run(context, work)
  }

  /** The same store: what its transactions write is recorded inside them. Writes outside of a transaction are refused. */
  createAuditedStore(): Store {
    const { store } = this.#dependencies
    const names = ['upstreams', 'keys', 'clientKeys', 'users', 'accounts', 'routes', 'settings'] as const
    const readers = Object.fromEntries(
      names.flatMap((name) => {
        const repository = (store as unknown as Partial<Record<string, object>>)[name]
        return repository === undefined ? [] : [[name, readOnly(name, repository)]]
      }),
    )
    return {
      ...(readers as unknown as Repositories),
      audit: store.audit,
      loginFailures: store.loginFailures,
      idempotency: store.idempotency,
      spending: store.spending,
      jobs: store.jobs,
      transaction: async (work) => {
        let lines: JournalLine[] = []
        const result = await store.transaction(async (repositories) => {
          // Begun anew when the transaction has to be repeated.
          lines = []
          const done = await work(watched(repositories, lines))
          if (lines.length > 0) await this.#append(repositories, lines)
          return done
        })
        this.#tell(lines)
        return result
      },
      ping: () => store.ping(),
      close: () => store.close(),
    }
  }

  #tell(lines: readonly JournalLine[]): void {
    const { feed, clock } = this.#dependencies
    if (feed?.isWanted('config') !== true) return
    for (const line of lines) {
      const news = changeNews(line, clock.nowMs())
      if (news !== undefined) feed.publish(news)
    }
  }

  async #append(repositories: Repositories, lines: readonly JournalLine[]): Promise<void> {
    const { scope, clock, digester, itself } = this.#dependencies
    const context = scope.current() ?? { actor: itself, actorId: undefined, requestId: undefined, network: undefined }
    try {
      await appendToChain(repositories, lines, context, clock.nowMs(), digester)
    } catch (error) {
      if (!(error instanceof UniqueViolationError)) throw error
      const message = 'The record of changes is damaged: its end is not where the last change left it. Nothing was changed. See GET /api/admin/audit/verify.'
      throw new GatewayError('internal', message, { cause: error })
    }
  }

  /** Newest first. */
  list(limit: number, filter: AuditFilter, beforeId?: string): Promise<readonly AuditEntry[]> {
    return this.#dependencies.store.audit.listNewest(limit, filter, beforeId)
  }

  /** Proves a part of the record, at most limits.auditVerifyMax entries. @param afterId undefined = from its start */
  async verify(afterId: string | undefined): Promise<AuditVerdict> {
    const { store, digester } = this.#dependencies
    let checked = 0
    for (let from = afterId; ;) {
      // One view of the record: entries may be added and let go of meanwhile.
      const part = await store.transaction((repositories) => readChain(repositories, from, limits.auditVerifyPiece))
      const verdict = verifyPart(part, digester)
      checked += verdict.checked
      from = verdict.last.id
      if (verdict.fault !== undefined) return { whole: false, checked, fault: verdict.fault, nextId: undefined }
      if (verdict.last.id === part.head.id) return { whole: true, checked, fault: undefined, nextId: undefined }
      if (checked >= limits.auditVerifyMax) return { whole: true, checked, fault: undefined, nextId: from }
    }
  }
}
