// Owns a child process under test: its output, its memory, its end.
import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { readdirSync, readFileSync } from 'node:fs'
import { atExit } from './at-exit.ts'

export interface ExitStatus {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export class ChildUnderTest {
  readonly #child: ChildProcess
  readonly #listeners = new Set<() => void>()
  readonly #exited: Promise<ExitStatus>
  #stdout = ''
  #stderr = ''
  #status: ExitStatus | undefined

  constructor(command: string, args: readonly string[], options: { env: NodeJS.ProcessEnv; cwd?: string }) {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    // A test that fails before it ends the child must not keep the runner from ending, which kills it.
    child.unref()
    for (const stream of [child.stdout, child.stderr]) (stream as Socket | null)?.unref()
    const forget = atExit(() => child.kill('SIGKILL'))
    child.stdout?.on('data', (chunk: Buffer) => this.#changed((this.#stdout += chunk.toString())))
    child.stderr?.on('data', (chunk: Buffer) => this.#changed((this.#stderr += chunk.toString())))
    this.#exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        forget()
        this.#status = { code, signal }
        this.#changed()
        resolve(this.#status)
      })
    })
  }

  #changed(_text?: string): void {
    for (const listener of [...this.#listeners]) listener()
  }

  get pid(): number {
    return this.#child.pid as number
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  get output(): string {
    return this.#stdout + this.#stderr
  }

  /** undefined while it runs. */
  get exitStatus(): ExitStatus | undefined {
    return this.#status
  }

  /** @throws when the process ends or the time is over first; the message carries the output. */
  waitForOutput(pattern: RegExp, timeoutMs = 15_000): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        act()
      }
      const look = (): void => {
        const match = this.output.match(pattern)
        if (match !== null) settle(() => resolve(match))
        else if (this.#status !== undefined) settle(() => reject(new Error(`exited with ${JSON.stringify(this.#status)} before ${pattern}:\n${this.output}`)))
      }
      const timer = setTimeout(() => settle(() => reject(new Error(`no ${pattern} after ${timeoutMs} ms:\n${this.output}`))), timeoutMs)
      this.#listeners.add(look)
      look()
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Resolves when the process has ended and its output is read. */
  exit(): Promise<ExitStatus> {
    return this.#exited
  }

  async kill(): Promise<void> {
    if (this.#status === undefined) this.#child.kill('SIGKILL')
    await this.#exited
  }

  /** Resident bytes (Linux). */
  rssBytes(): number {
    const line = readFileSync(`/proc/${this.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/)
    return Number(line?.[1]) * 1024
  }

  openFiles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length
  }
}
