// Reads a `.env` file under the real environment.
import { parseEnv } from 'node:util'
import { StartupError } from '../errors.ts'
import type { Environment } from './variable-reader.ts'

/**
 * The environment with what the file adds; variables that are set outside win, unless they are empty there.
 * A file that does not exist adds nothing.
 * @param readFile whole text of a file; throws with `code: 'ENOENT'` when it does not exist
 * @throws StartupError (78) when the file exists but cannot be read
 */
export function loadDotEnv(path: string, env: Environment, readFile: (path: string) => string): Environment {
  let text: string
  try {
    text = readFile(path)
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown error'
    if (code === 'ENOENT' || code === 'ENOTDIR') return env
    throw new StartupError(78, `${path} cannot be read (${code}). Check its permissions, or remove it.`)
  }
  const merged: Record<string, string | undefined> = { ...parseEnv(text) }
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (value !== '' || merged[name] === undefined)) merged[name] = value
  }
  return merged
}
