// Owns a real server of a test: its folder, its processes, its end. Killed at the latest when the test process ends.
import { chownSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Certificate } from '../certificates.ts'
import { createTemporaryFolder, findFreePort, type TemporaryFolder } from '../free-port.ts'
import { ChildUnderTest } from '../process.ts'
import { Container, type ContainerImage } from './container.ts'
import { findBinary, hasBinaries, type ServerName } from './find-server.ts'

const READY_MS = 30_000
const POLL_MS = 15
/** A signal that was sent has arrived long before. */
const STOP_MS = 2_000
const PORTS_TRIED = 5

export interface RunningServer {
  readonly port: number
  readonly pid: number
  /** SIGTERM and wait; removes the data folder. */
  stop(): Promise<void>
  /** SIGKILL and wait; keeps the data. */
  kill(): Promise<void>
  /** SIGSTOP for all its processes: it accepts connections and never answers. */
  freeze(): void
  thaw(): void
  /** Starts again on the same port, with the same data unless `empty`; ends it first if it runs. */
  restart(options?: { empty?: boolean }): Promise<void>
}

export interface ServerRecipe {
  readonly server: ServerName
  /** A port of the caller's choice; else a free one. */
  readonly port?: number | undefined
  /** Fills the empty folder before the first start, and again after `restart({ empty: true })`. */
  prepare(folder: string): Promise<void>
  command(folder: string, port: number): readonly [binary: string, ...args: string[]]
  readonly container: ContainerImage
  /** Resolves when the server answers; rejects while it does not. */
  probe(port: number): Promise<void>
  readonly stopSignal?: NodeJS.Signals
}

/** Servers refuse to run as root, or should not: who runs them then. */
export function unprivileged(server: ServerName): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name = '', , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  )
  return users.get(server === 'mariadb' ? 'mysql' : server) ?? users.get('nobody')
}

/** The command as an unprivileged user that dies with its parent, where the machine can do that. */
export function asServerUser(server: ServerName, command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const setpriv = findBinary('setpriv')
  if (setpriv === undefined) return command
  const user = unprivileged(server)
  const drop = user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
  return [setpriv, '--pdeathsig=KILL', ...drop, '--', ...command]
}

/** A folder that belongs to the user of the server. */
export function createServerFolder(server: ServerName): TemporaryFolder {
  const folder = createTemporaryFolder(`akr-test-${server}`)
  const user = unprivileged(server)
  if (user !== undefined) chownSync(folder.path, user.uid, user.gid)
  return folder
}

/** Certificate and key where only the server may read them. Returns their paths. */
export function writeCertificate(server: ServerName, folder: string, { cert, key }: Certificate): { cert: string; key: string } {
  const user = unprivileged(server)
  const paths = { cert: `${folder}/server.crt`, key: `${folder}/server.key` }
  for (const [path, text] of [
    [paths.cert, cert],
    [paths.key, key],
  ] as const) {
    writeFileSync(path, text, { mode: 0o600 })
    if (user !== undefined) chownSync(path, user.uid, user.gid)
  }
  return paths
}

export class ServerProcess implements RunningServer {
  readonly #recipe: ServerRecipe
  #port = 0
  #folder: TemporaryFolder | undefined
  #child: ChildUnderTest | undefined
  #container: Container | undefined
  #isFrozen = false

  constructor(recipe: ServerRecipe) {
    this.#recipe = recipe
  }

  get port(): number {
    return this.#port
  }

  get pid(): number {
    return this.#container?.pid ?? (this.#child as ChildUnderTest).pid
  }

  async start(): Promise<void> {
    for (let tried = 1; ; tried++) {
      this.#port = this.#recipe.port ?? (await findFreePort())
      try {
        if (hasBinaries(this.#recipe.server)) {
          this.#folder = createServerFolder(this.#recipe.server)
          await this.#recipe.prepare(this.#folder.path)
        } else {
          this.#container = new Container(this.#port, this.#recipe.container)
        }
        return await this.#run()
      } catch (error) {
        await this.stop()
        // Somebody else may have taken the port in between.
        if (this.#recipe.port !== undefined || tried === PORTS_TRIED) throw error
      }
    }
  }

  async #run(): Promise<void> {
    if (this.#container === undefined) {
      const [binary, ...args] = asServerUser(this.#recipe.server, this.#recipe.command(this.#path, this.#port))
      this.#child = new ChildUnderTest(binary, args, { env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' }, cwd: this.#path })
    } else {
      this.#container.start()
    }
    const deadlineMs = Date.now() + READY_MS
    for (;;) {
      if (this.#child?.exitStatus !== undefined) throw new Error(`${this.#recipe.server} ended at once:\n${this.#child.output}`)
      if (this.#container?.isRunning === false) throw new Error(`${this.#recipe.server} ended at once:\n${this.#container.output}`)
      try {
        return await this.#recipe.probe(this.#port)
      } catch (error) {
        if (Date.now() > deadlineMs) throw new Error(`${this.#recipe.server} was not ready in ${READY_MS} ms`, { cause: error })
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    }
  }

  get #path(): string {
    return (this.#folder as TemporaryFolder).path
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#isFrozen && signal !== 'SIGKILL') this.thaw()
    this.#isFrozen = false
    const child = this.#child
    if (this.#container?.isRunning === true) this.#container.end(signal === 'SIGKILL' ? 'SIGKILL' : 'SIGTERM')
    if (child === undefined || child.exitStatus !== undefined) return
    // Children first known, then killed: without its parent nobody would know them.
    const others = signal === 'SIGKILL' ? descendants(child.pid) : []
    child.signal(signal)
    for (const pid of others) send(pid, 'SIGKILL')
    await child.exit()
  }

  async stop(): Promise<void> {
    await this.#end(this.#recipe.stopSignal ?? 'SIGTERM')
    this.#container?.remove()
    this.#container = undefined
    this.#folder?.remove()
    this.#folder = undefined
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  freeze(): void {
    this.#isFrozen = true
    if (this.#container !== undefined) return this.#container.pause(true)
    // The parent first, or it could start another child meanwhile.
    send(this.pid, 'SIGSTOP')
    for (const pid of descendants(this.pid)) send(pid, 'SIGSTOP')
    awaitStopped([this.pid, ...descendants(this.pid)])
  }

  thaw(): void {
    this.#isFrozen = false
    if (this.#container !== undefined) return this.#container.pause(false)
    for (const pid of [...descendants(this.pid), this.pid]) send(pid, 'SIGCONT')
  }

  async restart({ empty = false }: { empty?: boolean } = {}): Promise<void> {
    await this.#end(empty ? 'SIGKILL' : (this.#recipe.stopSignal ?? 'SIGTERM'))
    if (empty && this.#container !== undefined) {
      this.#container.remove()
      this.#container = new Container(this.#port, this.#recipe.container)
    } else if (empty) {
      for (const name of readdirSync(this.#path)) rmSync(`${this.#path}/${name}`, { recursive: true })
      await this.#recipe.prepare(this.#path)
    }
    await this.#run()
  }
}

/** A signal is on its way for a moment, and meanwhile a thread may still answer. Waits without the event loop, so that nothing is sent before. */
function awaitStopped(pids: readonly number[]): void {
  const deadlineMs = Date.now() + STOP_MS
  while (!pids.every(isStopped)) if (Date.now() > deadlineMs) throw new Error(`The processes ${pids.join(', ')} did not stop in ${STOP_MS} ms`)
}

function isStopped(pid: number): boolean {
  if (!existsSync('/proc/self/task')) return true
  try {
    return readdirSync(`/proc/${pid}/task`).every((task) => /^\d+ \(.*\) [TtZ]/s.test(readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1')))
  } catch {
    // A thread that ended meanwhile answers nobody: looked at again.
    return !existsSync(`/proc/${pid}`)
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}

/** Processes below `pid`; PostgreSQL has one per connection, each in its own group. Linux only; elsewhere none. */
function descendants(pid: number): number[] {
  const children = new Map<number, number[]>()
  let names: string[] = []
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    // No /proc.
  }
  for (const name of names) {
    try {
      const parent = Number(/\) \S (\d+) /.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1])
      children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (parent: number): number[] => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)])
  return below(pid)
}

export async function startServer(recipe: ServerRecipe): Promise<ServerProcess> {
  const server = new ServerProcess(recipe)
  await server.start()
  return server
}
