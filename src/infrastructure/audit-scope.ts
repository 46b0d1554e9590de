// Carries the name of the caller through all asynchronous work of a request.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { AuditContext, AuditScope } from '../ports/audit-scope.ts'

export function createAuditScope(): AuditScope {
  const storage = new AsyncLocalStorage<AuditContext>()
  return { run: (context, work) => storage.run(context, work), current: () => storage.getStore() }
}
