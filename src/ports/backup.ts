// A copy of the configuration database in one file: what work in the background asks for.

export interface BackupFacts {
  /** Absolute path. */
  readonly file: string
  readonly bytes: number
  /** Of all tables. */
  readonly rows: number
  readonly upstreamKeys: number
}

export interface BackupWriter {
  /**
   * Writes and proves the backup of this name, or finds that it is there already; then removes the oldest above those that are kept.
   * @param name without a folder and without an ending, e.g. `backup-20270131T030000Z`
   * @param onProgress rows so far; a throw ends the work, and nothing of it stays
   * @throws GatewayError when there is nothing to copy, StoreUnavailableError
   */
  write(name: string, onProgress: (done: number) => void): Promise<BackupFacts>
}
