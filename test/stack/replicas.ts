// Owns the containers of a running compose stack, as `docker` shows them.
import { spawnSync } from 'node:child_process'

const READY_MAX_MS = 60_000

export class Stack {
  readonly #command: readonly string[]
  readonly #project: string

  /** @param command `docker`, or what stands for it, words separated by spaces */
  constructor(command: string, project: string) {
    this.#command = command.split(' ')
    this.#project = project
  }

  run(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
    const [program, ...first] = this.#command as [string, ...string[]]
    return spawnSync(program, [...first, ...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  }

  /** @throws when the command fails; the message carries what it said */
  docker(...args: readonly string[]): string {
    const { status, stdout, stderr } = this.run(...args)
    if (status !== 0) throw new Error(`docker ${args.join(' ')}: exit ${status}\n${stderr}`)
    return stdout.trim()
  }

  /** Ids of the containers of one service, or of all. */
  containers(service?: string): readonly string[] {
    const labels = [`com.docker.compose.project=${this.#project}`, ...(service === undefined ? [] : [`com.docker.compose.service=${service}`])]
    return this.docker('ps', '--all', '--quiet', '--no-trunc', ...labels.flatMap((label) => ['--filter', `label=${label}`]))
      .split('\n')
      .filter((id) => id !== '')
  }

  /** What a container has written to both of its streams. */
  logs(container: string): string {
    const { stdout, stderr } = this.run('logs', container)
    return stdout + stderr
  }

  inspect(container: string): any {
    return JSON.parse(this.docker('inspect', container))[0]
  }

  /** Starts a stopped container and waits until its own health check says that it is ready. */
  async startAgain(container: string): Promise<void> {
    this.docker('start', container)
    const deadlineMs = performance.now() + READY_MAX_MS
    while (this.docker('inspect', '--format', '{{.State.Health.Status}}', container) !== 'healthy') {
      if (performance.now() > deadlineMs) throw new Error(`${container} is not healthy after ${READY_MAX_MS} ms\n${this.logs(container).slice(-3000)}`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}
