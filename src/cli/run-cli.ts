// The entry of every build: one command, its exit code, and the `.env` file beneath the environment.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { loadDotEnv } from '../config/dot-env.ts'
import { StartupError } from '../errors.ts'
import type { Build, Environment } from '../build.ts'
import { run } from '../run.ts'
import type { CliIo } from './cli-io.ts'

/**
 * Runs `akr <args>`; without arguments it serves. Never rejects.
 * @param args without the names of node and the script
 */
export async function runCli(build: Build, args: readonly string[], environment: Environment): Promise<void> {
  try {
    const io = createIo(loadDotEnv(resolve('.env'), environment, readText))
    if (args.length === 0) return await run(build, io.environment)
    // Whoever reads the output may stop early (`akr --help | head`).
    process.stdout.on('error', () => process.exit(process.exitCode))
    // A part of its own: a gateway that serves does not need it in memory.
    const { runCommand } = await import('./run-command.ts')
    process.exitCode = await runCommand(build, args, io)
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = error.exitCode
  }
}

function createIo(environment: Environment): CliIo {
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    remark: (line) => void process.stderr.write(`${line}\n`),
    readInput: () => text(process.stdin),
    readFile: readText,
    isTerminal: process.stdin.isTTY === true,
    environment,
  }
}

function readText(path: string): string {
  return readFileSync(path, 'utf8')
}
