// Owns a server in a Docker container, for machines that have Docker but not the server.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'

export interface ContainerImage {
  readonly image: string
  readonly portInside: number
  readonly environment: Readonly<Record<string, string>>
  readonly args: readonly string[]
}

function docker(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`docker ${args[0]}: ${stderr.trim()}`)
  return stdout.trim()
}

/** Its data live in the container until `remove`. */
export class Container {
  readonly #name = `akr-test-${randomBytes(6).toString('hex')}`
  readonly #removeAtExit = (): void => void spawnSync('docker', ['rm', '-f', '-v', this.#name], { stdio: 'ignore' })

  constructor(port: number, { image, portInside, environment, args }: ContainerImage) {
    const variables = Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`])
    docker('create', '--name', this.#name, '-p', `127.0.0.1:${port}:${portInside}`, ...variables, image, ...args)
    process.once('exit', this.#removeAtExit)
  }

  start(): void {
    docker('start', this.#name)
  }

  get pid(): number {
    return Number(docker('inspect', '-f', '{{.State.Pid}}', this.#name))
  }

  get isRunning(): boolean {
    return docker('inspect', '-f', '{{.State.Running}}', this.#name) === 'true'
  }

  get output(): string {
    return docker('logs', '--tail', '50', this.#name)
  }

  end(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (signal === 'SIGTERM') docker('stop', '-t', '20', this.#name)
    else docker('kill', this.#name)
  }

  pause(isPaused: boolean): void {
    docker(isPaused ? 'pause' : 'unpause', this.#name)
  }

  remove(): void {
    process.off('exit', this.#removeAtExit)
    this.#removeAtExit()
  }
}
