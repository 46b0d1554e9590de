// Starts the programs of a benchmark on their core, reads what they cost from /proc, and stops them.
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Program {
  readonly name: string
  readonly command: readonly string[]
  /** Core it is pinned to; undefined = not pinned. */
  readonly core: number | undefined
  readonly environment?: Readonly<Record<string, string>>
  readonly directory?: string
  /** Where stdout and stderr go. */
  readonly logFile: string
}

const running = new Set<ChildProcess>()

/** @throws when the program ends before it listens on `port`, or does not within 30 s. */
export async function startProgram(program: Program, port: number): Promise<ChildProcess> {
  const log = openSync(program.logFile, 'a')
  const [file, ...rest] = [...pinned(program.core), ...program.command]
  const child = spawn(file as string, rest, {
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...program.environment },
    ...(program.directory === undefined ? {} : { cwd: program.directory }),
  })
  closeSync(log)
  running.add(child)
  let failure: string | undefined
  child.once('error', (error) => (failure = error.message))
  child.once('exit', (code, signal) => {
    running.delete(child)
    failure ??= `ended with ${code ?? signal}`
  })
  for (let i = 0; i < 300; i++) {
    if (failure !== undefined) break
    if (await listens(port)) return child
    await sleep(100)
  }
  throw new Error(`${program.name} ${failure ?? `does not listen on port ${port}`}; its last words:\n${readFileSync(program.logFile, 'utf8').slice(-1500)}`)
}

export function pinned(core: number | undefined): string[] {
  return core === undefined ? [] : ['taskset', '-c', String(core)]
}

/** Asks as Ctrl-C does (the gateway then announces nothing to load balancers), then insists after 5 s. */
export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGINT')
  const insist = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(insist)
}

export async function stopAllPrograms(): Promise<void> {
  await Promise.all([...running].map(stopProgram))
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => socket.destroy())
    socket.once('connect', () => socket.destroy())
  })
}

/** The process and all its descendants. */
function family(pid: number): number[] {
  const children = tasks(pid).flatMap((task) => numbers(read(`/proc/${pid}/task/${task}/children`)))
  return [pid, ...children.flatMap(family)]
}

/** Time on a core of all threads of the process and its descendants, in ns. */
export function cpuNs(pid: number): number {
  let total = 0
  for (const member of family(pid)) {
    for (const task of tasks(member)) total += numbers(read(`/proc/${member}/task/${task}/schedstat`))[0] ?? 0
  }
  return total
}

/** Resident memory of the process and its descendants, in bytes. */
export function rssBytes(pid: number): number {
  let total = 0
  for (const member of family(pid)) total += Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${member}/status`))?.[1] ?? 0) * 1024
  return total
}

function tasks(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function numbers(text: string): number[] {
  return text.trim() === '' ? [] : text.trim().split(/\s+/).map(Number)
}

/** Empty for a process that is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
