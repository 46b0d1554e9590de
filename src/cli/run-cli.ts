// The entry of every build: one command, its exit code, and the `.env` file beneath the environment.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { CommanderError } from 'commander'
import { loadDotEnv } from '../config/dot-env.ts'
import { GatewayError, StartupError } from '../errors.ts'
import { redactText } from '../infrastructure/logging/redact.ts'
import { type Build, type Environment, run } from '../run.ts'
import { createProgram } from './program.ts'
import type { CliIo } from './cli-io.ts'

const USAGE = 2

/**
 * Runs `akr <args>`; without arguments it serves. Never rejects.
 * @param args without the names of node and the script
 */
export async function runCli(build: Build, args: readonly string[], environment: Environment): Promise<void> {
  try {
    const io = createIo(loadDotEnv(resolve('.env'), environment, readText))
    if (args.length === 0) return await run(build, io.environment)
    process.exitCode = await runCommand(build, args, io)
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = error.exitCode
  }
}

/** Runs one command to its end; never rejects. @returns the exit code */
export async function runCommand(build: Build, args: readonly string[], io: CliIo): Promise<number> {
  let exitCode = 0
  try {
    const program = createProgram({ build, io, serve: () => run(build, io.environment), setExitCode: (code) => (exitCode = code) })
    for (const command of [program, ...program.commands, ...program.commands.flatMap((noun) => noun.commands)]) command.exitOverride()
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    const { code, message } = explain(error)
    if (message !== '') io.remark(message)
    return code
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

function explain(error: unknown): { readonly code: number; readonly message: string } {
  // Commander has said what is wrong; asking for help or the version is nothing wrong.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : USAGE, message: '' }
  if (error instanceof StartupError) return { code: error.exitCode, message: error.message }
  // Its message alone says what happened and what to do.
  if (error instanceof GatewayError) return { code: 1, message: error.message }
  const { code, path, message } = error as { code?: string; path?: string; message?: string }
  if (code !== undefined && path !== undefined) return { code: 1, message: `${path} cannot be read (${code}).` }
  return { code: 1, message: redactText(message ?? String(error)) }
}
