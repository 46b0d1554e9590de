// Reads variables by the table, remembers every problem instead of stopping at the first.
import { Secret } from '../domain/secret.ts'
import { weakSecretReason } from '../domain/weak-secret.ts'
import { parseBaseUrl, parseBoolean, parseChoice, parseList, parseNumber, type Parsed } from './parse-value.ts'
import type { Variable } from './variable.ts'
import { VARIABLES, type VariableName } from './variables.ts'

export type Environment = Readonly<Record<string, string | undefined>>

type NamesOf<Type extends Variable['type']> = { [N in VariableName]: (typeof VARIABLES)[N]['type'] extends Type ? N : never }[VariableName]
type NumberName = NamesOf<'port' | 'integer' | 'bytes' | 'seconds'>
type SecretName = NamesOf<'secret' | 'secrets'>

interface Found {
  readonly text: string
  /** The name under which it was set: the variable, an alias, or `…_FILE`. */
  readonly source: string
}

const SYNONYMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  DEMO_MODE: { true: 'on', '1': 'on', yes: 'on', false: 'off', '0': 'off', no: 'off' },
  LOG_LEVEL: { warning: 'warn', fatal: 'error', verbose: 'debug' },
  DB_TYPE: { sqlite3: 'sqlite', mariadb: 'mysql', postgresql: 'postgres' },
}

export class VariableReader {
  readonly problems: string[] = []
  readonly warnings: string[] = []
  readonly #env: Environment
  readonly #readFile: (path: string) => string

  /** @param readFile whole text of a file; throws when it cannot be read */
  constructor(env: Environment, readFile: (path: string) => string) {
    this.#env = env
    this.#readFile = readFile
  }

  isSet(name: VariableName): boolean {
    return this.#find(name) !== undefined
  }

  text(name: NamesOf<'text'>): string | undefined {
    return this.#find(name)?.text ?? defaultOf(name)
  }

  baseUrl(name: NamesOf<'url'>): string | undefined {
    return this.#parse(name, parseBaseUrl)
  }

  list(name: NamesOf<'list'>): readonly string[] {
    return parseList(this.#find(name)?.text ?? '')
  }

  choice<T extends string>(name: NamesOf<'choice'>): T | undefined {
    return this.#parse(name, (text) => parseChoice(text, VARIABLES[name].choices, SYNONYMS[name])) as T | undefined
  }

  flag(name: NamesOf<'boolean'>): boolean | undefined {
    return this.#parse(name, parseBoolean)
  }

  /** Seconds come back as ms. */
  number(name: NumberName): number | undefined {
    const variable: Variable & { type: 'port' | 'integer' | 'bytes' | 'seconds' } = VARIABLES[name]
    const unitMs = variable.type === 'seconds' ? 1000 : 1
    const parsed = this.#parse(name, (text) => parseNumber(text, variable), false)
    return parsed ?? (variable.default === undefined ? undefined : variable.default * unitMs)
  }

  secret(name: NamesOf<'secret'>): Secret | undefined {
    const found = this.#find(name)
    if (found === undefined) return undefined
    this.#checkStrength(name, found.source, found.text)
    return new Secret(found.text)
  }

  secrets(name: NamesOf<'secrets'>): readonly Secret[] {
    const found = this.#find(name)
    if (found === undefined) return []
    const entries = [...new Set(parseList(found.text))]
    if (entries.length === 0) this.problems.push(`${found.source} holds no entry. Write keys separated by commas, or remove it.`)
    entries.forEach((entry, index) => this.#checkEntry(name, `${found.source}, entry ${index + 1},`, entry))
    return entries.map((entry) => new Secret(entry))
  }

  #checkEntry(name: NamesOf<'secrets'>, subject: string, entry: string): void {
    if (/[^\x21-\x7e]/.test(entry))
      this.problems.push(`${subject} contains a blank or a character outside ASCII, which no header can carry. Separate keys by commas.`)
    else this.#checkStrength(name, subject, entry)
  }

  #checkStrength(name: SecretName, subject: string, text: string): void {
    const { charsMin } = VARIABLES[name]
    if (charsMin === 0) return
    const weakness = weakSecretReason(text, charsMin)
    if (weakness !== undefined) this.problems.push(`${subject} ${weakness}. ${howToReplace(name)}`)
  }

  #parse<T>(name: VariableName, parse: (text: string) => Parsed<T>, useDefault = true): T | undefined {
    const found = this.#find(name)
    if (found === undefined) return useDefault ? (defaultOf(name) as T | undefined) : undefined
    const parsed = parse(found.text)
    if ('value' in parsed) return parsed.value
    this.problems.push(`${found.source} is ${quote(found.text)}. Write ${parsed.wanted}.`)
    return undefined
  }

  #find(name: VariableName): Found | undefined {
    const variable: Variable = VARIABLES[name]
    const isSecret = variable.type === 'secret' || variable.type === 'secrets'
    for (const source of [name, ...(variable.aliases ?? [])]) {
      const text = this.#env[source]?.trim() ?? ''
      if (text !== '' && !isServiceLink(source, text)) return { text, source }
    }
    return isSecret ? this.#findInFile(name) : undefined
  }

  #findInFile(name: VariableName): Found | undefined {
    const source = `${name}_FILE`
    const path = this.#env[source]?.trim() ?? ''
    if (path === '') return undefined
    const text = this.#readText(source, path)
    return text === undefined ? undefined : { text, source }
  }

  readonly #files = new Map<string, string | undefined>()

  /** Each file is read, and complained about, once. */
  #readText(source: string, path: string): string | undefined {
    if (this.#files.has(source)) return this.#files.get(source)
    let text: string | undefined
    try {
      text = this.#readFile(path).trim()
      if (text === '') this.problems.push(`${source} names ${quote(path)}, which is empty. Write the secret into it, or remove the variable.`)
    } catch (error) {
      const code = (error as { code?: string }).code ?? 'unknown error'
      this.problems.push(`${source} names ${quote(path)}, which cannot be read (${code}). Check the path and its permissions.`)
    }
    this.#files.set(source, text === '' ? undefined : text)
    return this.#files.get(source)
  }
}

/** Kubernetes sets `REDIS_PORT=tcp://10.0.0.1:6379` for a service called redis: not meant for us. */
function isServiceLink(name: string, text: string): boolean {
  return name.endsWith('_PORT') && /^(tcp|udp):\/\//.test(text)
}

function defaultOf(name: VariableName): string | undefined {
  return (VARIABLES[name] as { default?: string }).default
}

function howToReplace(name: SecretName): string {
  if (name === 'ADMIN_PASSWORD') return 'Choose another one, or remove it to get a set-up link.'
  if (name === 'METRICS_TOKEN' || name === 'GLOBAL_PROXY_KEYS') return `Write a random value, e.g. from: openssl rand -hex 24`
  return 'Write a random value, e.g. from: openssl rand -hex 32, or remove it to have one generated.'
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
