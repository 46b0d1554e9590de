// Finds variables that look like ours but are not: misspelt names must not be ignored in silence.
import type { Environment } from './variable-reader.ts'
import type { Variable } from './variable.ts'
import { VARIABLES } from './variables.ts'

/** Names that mean something elsewhere (compose files, other releases), with what to say about them, if anything. */
const FOREIGN_NAMES: Readonly<Record<string, string | undefined>> = {
  MYSQL_ROOT_PASSWORD: undefined,
  NGINX_PORT: undefined,
  NGINX_SSL_PORT: undefined,
  HOSTNAME: undefined,
  OPENAI_API_KEY: 'is not read: a personal key never becomes part of a pool by itself. For that, set OPENAI_API_KEYS',
  ANTHROPIC_API_KEY: 'is not read: a personal key never becomes part of a pool by itself. For that, set ANTHROPIC_API_KEYS',
  GEMINI_API_KEY: 'is not read: a personal key never becomes part of a pool by itself. For that, set GEMINI_API_KEYS',
  RESET_DB_TABLES: 'is not supported: no variable wipes data. Use `make db-reset`',
}

/** Prefixes under which an unknown name is surely meant for us. `REDIS_PORT_6379_TCP` and its kind come from Kubernetes. */
const OWN_PREFIX = /^(DB|REDIS|PROXY|AKR)_/
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT\w*|PORT_\d+_(TCP|UDP)\w*)$/
const CLIENT_NAMES = new Set(['AKR_URL', 'AKR_TOKEN'])

/** One warning per suspicious name, with the nearest real one. */
export function findUnknownVariables(env: Environment): string[] {
  const known = listKnownNames()
  const warnings: string[] = []
  for (const [name, text] of Object.entries(env)) {
    if (known.has(name) || text === undefined || text.trim() === '' || CLIENT_NAMES.has(name)) continue
    if (name in FOREIGN_NAMES) {
      const remark = FOREIGN_NAMES[name]
      if (remark !== undefined) warnings.push(`${name} ${remark}.`)
      continue
    }
    const nearest = findNearest(name, known)
    if (nearest !== undefined) warnings.push(`${name} is not a setting of this gateway. Did you mean ${nearest}?`)
    else if (OWN_PREFIX.test(name) && !SERVICE_LINK.test(name)) warnings.push(`${name} is not a setting of this gateway and is ignored.`)
  }
  return warnings
}

function listKnownNames(): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [name, variable] of Object.entries(VARIABLES) as [string, Variable][]) {
    names.add(name)
    for (const alias of variable.aliases ?? []) names.add(alias)
    if (variable.type === 'secret' || variable.type === 'secrets') names.add(`${name}_FILE`)
  }
  return names
}

/** The known name within one edit, for long names two; short names are too likely to be somebody else's. */
function findNearest(name: string, known: ReadonlySet<string>): string | undefined {
  const editsMax = name.length >= 10 ? 2 : name.length >= 6 ? 1 : 0
  let nearest: string | undefined
  let best = editsMax + 1
  for (const candidate of known) {
    const edits = editDistance(name.toUpperCase(), candidate, best)
    if (edits < best) {
      best = edits
      nearest = candidate
    }
  }
  return nearest
}

/** Levenshtein distance, or `limit` as soon as it cannot be less. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
