// The kind of job that makes many accounts, each with a client key. The keys are sealed with the job until somebody takes them.
import { limits } from '../limits.ts'
import type { Json } from '../ports/job-queue.ts'
import type { AccountProvisioning, ProvisionedAccount } from './account-provisioning.ts'
import type { JobContext, JobKind } from './job-kind.ts'
import { invalidPayload, payloadOf } from './jobs.ts'

export const ACCOUNT_PROVISIONING_KIND = 'account_provisioning'

export interface AccountProvisioningPayload {
  readonly count: number
  readonly priority: number
  readonly verification_enabled: boolean
}

/** As the result has it, one JSON list per part. */
export interface ProvisionedEntry {
  readonly id: string
  readonly name: string
  readonly client_key: { readonly id: string; readonly key: string }
}

/** One transaction, and one breath between two others. */
const PIECE = 500

export function createAccountProvisioningKind(provisioning: AccountProvisioning): JobKind<AccountProvisioningPayload> {
  return {
    name: ACCOUNT_PROVISIONING_KIND,
    perCluster: 1,
    startedBy: 'admin',
    validate: validatePayload,
    run: (context) => run(context, provisioning),
  }
}

function validatePayload(payload: unknown): AccountProvisioningPayload {
  const { count, priority = 0, verification_enabled: verificationEnabled = false } = payloadOf(payload, ['count', 'priority', 'verification_enabled'])
  const isCount = typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= limits.accountsPerJobMax
  if (!isCount) throw invalidPayload('/count', `must be a whole number from 1 to ${limits.accountsPerJobMax}`)
  if (typeof priority !== 'number' || !Number.isInteger(priority)) throw invalidPayload('/priority', 'must be a whole number')
  if (typeof verificationEnabled !== 'boolean') throw invalidPayload('/verification_enabled', 'must be true or false')
  return { count, priority, verification_enabled: verificationEnabled }
}

async function run(context: JobContext<AccountProvisioningPayload>, provisioning: AccountProvisioning): Promise<Json> {
  const { payload, signal } = context
  let done = (context.state as { readonly done: number } | undefined)?.done ?? 0
  context.progress(done, payload.count)
  try {
    while (done < payload.count) {
      signal.throwIfAborted()
      const count = Math.min(PIECE, payload.count - done)
      const input = { count, priority: payload.priority, verificationEnabled: payload.verification_enabled }
      const part = done / PIECE
      await provisioning.provisionPiece(input, async (made, repositories) => {
        // Accounts, their keys for the person and how far we are: all in one transaction, so that none is made twice and no key is lost.
        context.progress(done + count)
        await context.putResultPart(part, JSON.stringify(made.map(entryOf)), repositories)
        await context.checkpoint({ done: done + count }, repositories)
      })
      done += count
    }
  } finally {
    // Also what an interrupted run has made is in force.
    if (done > 0) await provisioning.putInForce()
  }
  return { created: done }
}

export function entryOf({ account, clientKey, secret }: ProvisionedAccount): ProvisionedEntry {
  return { id: account.id, name: account.name, client_key: { id: clientKey.id, key: secret.reveal() } }
}
