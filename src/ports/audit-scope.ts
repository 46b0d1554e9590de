// On whose behalf something runs, for the record of changes; travels with the work, through every await.

export interface AuditContext {
  readonly actor: string
  readonly actorId: string | undefined
  readonly requestId: string | undefined
  readonly network: string | undefined
}

export interface AuditScope {
  run<T>(context: AuditContext, work: () => T): T
  /** undefined when nobody asked for it: the gateway works by itself. */
  current(): AuditContext | undefined
}
