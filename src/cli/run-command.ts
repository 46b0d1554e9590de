// One command of `akr`, from its words to its exit code.
import { CommanderError } from 'commander'
import { GatewayError, StartupError } from '../errors.ts'
import { redactText } from '../domain/redact.ts'
import { StoreUnavailableError } from '../ports/store.ts'
import type { Build } from '../build.ts'
import { run } from '../run.ts'
import type { CliIo } from './cli-io.ts'
import { createProgram } from './program.ts'

const USAGE = 2
const UNAVAILABLE = 69

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

function explain(error: unknown): { readonly code: number; readonly message: string } {
  // Commander has said what is wrong; asking for help or the version is nothing wrong.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : USAGE, message: '' }
  if (error instanceof StartupError) return { code: error.exitCode, message: error.message }
  // Its message alone says what happened and what to do.
  if (error instanceof StoreUnavailableError) return { code: UNAVAILABLE, message: redactText(error.message) }
  if (error instanceof GatewayError) return { code: 1, message: error.message }
  const { code, path, message } = error as { code?: string; path?: string; message?: string }
  if (code !== undefined && path !== undefined) return { code: 1, message: `${path} cannot be read (${code}).` }
  return { code: 1, message: redactText(message ?? String(error)) }
}
