// The services of the management plane, wired together from the ports.
import type { AdapterFacts } from '../domain/adapter-facts.ts'
import type { LiveFeed } from '../domain/live-event.ts'
import type { AuditScope } from '../ports/audit-scope.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester, KeyVault, PasswordHasher, TokenSigner } from '../ports/key-vault.ts'
import type { KeyProber, LiveConfiguration, LiveKeys } from '../ports/live.ts'
import type { Logger } from '../ports/logger.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { Random } from '../ports/random.ts'
import type { EventStore, Store } from '../ports/store.ts'
import type { TargetPolicy } from '../ports/target-policy.ts'
import { AccountAdmin } from './account-admin.ts'
import { AccountProvisioning } from './account-provisioning.ts'
import { AuditTrail } from './audit-trail.ts'
import { BoundUpstreams } from './bound-upstreams.ts'
import { ClientKeyAdmin } from './client-key-admin.ts'
import { ConfigurationWriter } from './configuration-writer.ts'
import { IdempotentAnswers } from './idempotent-answers.ts'
import { KeyAdmin } from './key-admin.ts'
import { KeyImportAdmin } from './key-import-admin.ts'
import { RouteAdmin } from './route-admin.ts'
import { RouteExplainer } from './route-explainer.ts'
import { type LevelControl, SettingsAdmin } from './settings-admin.ts'
import { Setup } from './setup.ts'
import { UpstreamAdmin } from './upstream-admin.ts'
import { UserAdmin } from './user-admin.ts'
import { UserAuth } from './user-auth.ts'

export interface ManagementPorts {
  readonly store: Store
  readonly events: EventStore
  readonly clock: Clock
  readonly random: Random
  readonly vault: KeyVault
  readonly digester: Digester
  readonly hasher: PasswordHasher
  readonly signer: TokenSigner
  readonly live: LiveConfiguration
  readonly liveKeys: LiveKeys
  readonly prober: KeyProber
  readonly targetPolicy: TargetPolicy
  readonly adapters: readonly AdapterFacts[]
  /** Default of new upstreams. */
  readonly maxAttempts: number
  readonly logger: Logger
  readonly metrics: Metrics
  readonly auditScope: AuditScope
  readonly levels: LevelControl
  /** Who it is that works without a request. Default: the gateway. */
  readonly itself?: 'gateway' | 'command line'
  /** Told the version of every stored change. */
  readonly announce?: ((version: number) => void) | undefined
  /** Whoever wants to know of changes while they happen. */
  readonly feed?: LiveFeed | undefined
}

export interface ManagementServices {
  /** What its transactions write is in the record of changes. */
  readonly auditedStore: Store
  readonly auth: UserAuth
  readonly setup: Setup
  readonly users: UserAdmin
  readonly upstreams: UpstreamAdmin
  readonly keys: KeyAdmin
  readonly keyImports: KeyImportAdmin
  readonly clientKeys: ClientKeyAdmin
  readonly routes: RouteAdmin
  readonly routeExplainer: RouteExplainer
  readonly accounts: AccountAdmin
  readonly boundUpstreams: BoundUpstreams
  readonly provisioning: AccountProvisioning
  readonly settings: SettingsAdmin
  readonly audit: AuditTrail
  readonly idempotentAnswers: IdempotentAnswers
}

export function createManagementServices(given: ManagementPorts): ManagementServices {
  const audit = new AuditTrail({ ...given, scope: given.auditScope, itself: given.itself ?? 'gateway' })
  const ports = { ...given, store: audit.createAuditedStore() }
  const findAdapter = (name: string): AdapterFacts | undefined => ports.adapters.find((adapter) => adapter.name === name)
  const rules = {
    findAdapter,
    adapterNames: () => ports.adapters.map((adapter) => adapter.name),
    targetPolicy: ports.targetPolicy,
    maxAttempts: ports.maxAttempts,
  }
  const writer = new ConfigurationWriter(ports)
  const sealing = { ...pick(ports), findAdapter }
  const users = new UserAdmin(ports)
  return {
    auditedStore: ports.store,
    auth: new UserAuth(ports),
    setup: new Setup({ ...ports, users }),
    users,
    upstreams: new UpstreamAdmin({ ...ports, writer, rules }),
    keys: new KeyAdmin({ ...ports, writer, sealing }),
    keyImports: new KeyImportAdmin({ ...ports, writer, sealing }),
    clientKeys: new ClientKeyAdmin({ ...ports, writer }),
    routes: new RouteAdmin({ ...ports, writer }),
    routeExplainer: new RouteExplainer({ store: ports.store, routes: () => ports.live.routes, liveKeys: ports.liveKeys }),
    accounts: new AccountAdmin({ ...ports, writer }),
    boundUpstreams: new BoundUpstreams(ports.store),
    provisioning: new AccountProvisioning({ ...ports, writer }),
    settings: new SettingsAdmin({ ...ports, writer }),
    audit,
    idempotentAnswers: new IdempotentAnswers(ports),
  }
}

function pick({ vault, digester, clock, random }: ManagementPorts): Pick<ManagementPorts, 'vault' | 'digester' | 'clock' | 'random'> {
  return { vault, digester, clock, random }
}
