// The list of all management endpoints.
import type { AdapterFacts } from '../../domain/adapter-facts.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LiveTargets } from '../../ports/live.ts'
import type { Metrics } from '../../ports/metrics.ts'
import type { Random } from '../../ports/random.ts'
import type { Store } from '../../ports/store.ts'
import type { CorsPolicy } from '../../proxy/cors.ts'
import type { Jobs } from '../../services/jobs.ts'
import type { RequestLogReader } from '../../services/request-log-reader.ts'
import type { ManagementServices } from '../../services/management.ts'
import { SpendingExplainer } from '../../services/spending-explainer.ts'
import type { SpendingLimiter } from '../../services/spending-limiter.ts'
import { createRegistry } from '../registry.ts'
import type { Route } from '../registry.ts'
import { createAccountRoutes } from './account-routes.ts'
import { createAuditRoutes } from './audit-routes.ts'
import { createAuthRoutes } from './auth-routes.ts'
import { createClientKeyRoutes } from './client-key-routes.ts'
import { createEventRoutes, type EventRouteDependencies } from './event-routes.ts'
import { createExplainRoutes } from './explain-routes.ts'
import { createJobRoutes } from './job-routes.ts'
import { createKeyRoutes } from './key-routes.ts'
import { createLogRoutes } from './log-routes.ts'
import { createPoolRoutes } from './pool-routes.ts'
import { createRouteRoutes } from './route-routes.ts'
import { createStatusRoutes, type LiveStatus } from './status-routes.ts'
import { createSettingsRoutes } from './settings-routes.ts'
import { createSystemRoutes } from './system-routes.ts'
import { createTargetRoutes } from './target-routes.ts'
import { createUpstreamRoutes } from './upstream-routes.ts'
import { createUsageRoutes } from './usage-routes.ts'
import { createUserRoutes } from './user-routes.ts'

export interface ManagementDependencies {
  readonly services: ManagementServices
  readonly jobs: Jobs
  readonly store: Store
  readonly logs: RequestLogReader
  readonly targets: LiveTargets
  readonly spending: Pick<SpendingLimiter, 'look'>
  readonly listeners: EventRouteDependencies
  readonly status: LiveStatus
  readonly adapters: readonly AdapterFacts[]
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  readonly build: string
  readonly version: string
  /** Epoch ms. */
  readonly startedAtMs: number
  /** CIDRs whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[]
  readonly publicBaseUrl: string | undefined
  /** Which pages of other origins may call; undefined = none. */
  readonly cors?: CorsPolicy | undefined
}

/** @throws Error when a declaration is incomplete: the gateway does not start with it */
export function createManagementRoutes(dependencies: ManagementDependencies): readonly Route[] {
  const { services, clock } = dependencies
  return createRegistry([
    ...createAuthRoutes({ auth: services.auth, setup: services.setup, clock }),
    ...createUpstreamRoutes(services.upstreams, services.boundUpstreams),
    ...createPoolRoutes(services.keys, services.keyImports, dependencies.jobs),
    ...createKeyRoutes(services.keys),
    ...createClientKeyRoutes(services.clientKeys, clock, dependencies.spending),
    ...createUserRoutes(services.users),
    ...createRouteRoutes(services.routes),
    ...createExplainRoutes(services.routeExplainer, new SpendingExplainer(dependencies.store, dependencies.spending)),
    ...createAccountRoutes({ ...dependencies, accounts: services.accounts, provisioning: services.provisioning }),
    ...createJobRoutes(dependencies.jobs),
    ...createAuditRoutes(services.audit),
    ...createLogRoutes(dependencies.logs),
    ...createUsageRoutes(dependencies.logs),
    ...createTargetRoutes(dependencies.targets),
    ...createEventRoutes(dependencies.listeners),
    ...createStatusRoutes(dependencies),
    ...createSettingsRoutes(services.settings),
    ...createSystemRoutes(dependencies.adapters),
  ])
}
