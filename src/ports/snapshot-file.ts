// The sealed copy of the configuration that a gateway starts from while its database is away.
import type { Account } from '../domain/account.ts'
import type { ClientKey } from '../domain/client-key.ts'
import type { Route } from '../domain/route.ts'
import type { Upstream } from '../domain/upstream.ts'
import type { SealedUpstreamKey } from './store.ts'

export interface SnapshotImage {
  readonly configVersion: number
  /** Epoch ms. */
  readonly savedAtMs: number
  /** The settings that open the vault: its check value and its wrapped data keys, by name. */
  readonly vaultSettings: Readonly<Record<string, string>>
  readonly upstreams: readonly Upstream[]
  /** Only those that can be read. */
  readonly routes: readonly Route[]
  /** Ordered by upstream id, then key id. */
  readonly keys: readonly SealedUpstreamKey[]
  /** Digests, never values. */
  readonly clientKeys: readonly ClientKey[]
  readonly accounts: readonly Account[]
}

export interface SnapshotFile {
  /** Absolute; for messages. */
  readonly path: string
  /**
   * The whole image; undefined when there is no file.
   * @throws SnapshotRefusedError when it is damaged, of a newer format, or sealed with another ENCRYPTION_KEY; nothing of it is used then
   */
  read(): Promise<SnapshotImage | undefined>
  /** Replaces the file, whole or not at all. @throws what the file system says */
  write(image: SnapshotImage): Promise<void>
  /** What the file's head says, unproven; undefined when there is none that this gateway could have written. */
  peek(): Promise<{ readonly configVersion: number; readonly writtenAtMs: number } | undefined>
}

export class SnapshotRefusedError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SnapshotRefusedError'
  }
}
