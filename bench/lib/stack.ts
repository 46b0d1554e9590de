// The servers that the enterprise rows need: MariaDB and Redis of this machine, on free ports, away from the contender's core.
import { spawnSync } from 'node:child_process'
import { startMariadb } from '../../test/support/servers/mariadb.ts'
import { startRedis } from '../../test/support/servers/redis.ts'

export interface Stack {
  readonly pids: readonly number[]
  readonly redisUrl: string
  /** URL of an empty database of its own. */
  createDatabase(): Promise<string>
  stop(): Promise<void>
}

/** @param core where the servers run; undefined = anywhere. @throws when one of them is neither installed nor to be had */
export async function startStack(core: number | undefined): Promise<Stack> {
  const database = await startMariadb()
  const redis = await startRedis()
  const pids = [database.pid, redis.pid]
  if (core !== undefined) for (const pid of pids) spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)], { stdio: 'ignore' })
  return {
    pids,
    redisUrl: redis.url,
    createDatabase: () => database.createDatabase(),
    stop: async () => {
      // The servers' processes do not keep this one alive.
      const alive = setInterval(() => {}, 1_000)
      await Promise.all([database.stop(), redis.stop()])
      clearInterval(alive)
    },
  }
}
