// The one redactor: takes out of any text what looks like a credential. Used by logs, traces, error reports and the record of changes.

const MASK = '[redacted]'

/** Fixed beginnings of vendors' keys and of tokens; what follows is the secret. */
const KNOWN_KEY =
  /(?<![A-Za-z0-9])(?:(?:sk|pk|rk|sess|gsk|xai|pplx|nvapi|hf|r8|csk|fw|tgp_v1|gh[pousr]|github_pat|glpat|npm|dop_v1|xox[abeoprs])[-_]|AIza|AKIA|ASIA|ya29\.)[A-Za-z0-9_.-]{8,}/g
const JSON_WEB_TOKEN = /eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g
const AUTHORIZATION = /\b(bearer|basic|digest|negotiate|apikey)(\s+)[^\s"',;]+/gi
const URL_LOGIN = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#@"']*@/gi
/** `name=value`, `name: value` and `"name":"value"` with a name that says secret. */
const NAMED =
  /((?:^|[?&;,\s{"'([<])[\w-]*(?:key|secret|token|passw(?:or)?d|pwd|pass|credential|signature|sig|auth|authorization|cookie|session|api[_-]?key)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|(?!\[redacted\])[^\s&"',;)}\]]+)/gi
const LONG_RUN = /[A-Za-z0-9_+=-]{20,}/g
const OWN_ID = /^(?:(?:ups|key|cli|usr|req|evt|job|acc|rte|rep|run|spd|file|batch)_[0-9a-hjkmnp-tv-z]{26}|req_[0-9a-f]{16}[0-9a-z]{8})$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const HEX = /^[0-9a-f]{32,}$/i

/** The text without anything that looks like a credential. Ids of the gateway and UUIDs stay. */
export function redactText(text: string): string {
  if (text.length < 4) return text
  return text
    .replace(URL_LOGIN, `$1${MASK}@`)
    .replace(AUTHORIZATION, `$1$2${MASK}`)
    .replace(NAMED, (whole: string, name: string, value: string) => (isHarmless(name, value) ? whole : `${name}${MASK}`))
    .replace(JSON_WEB_TOKEN, MASK)
    .replace(KNOWN_KEY, (found) => (OWN_ID.test(found) ? found : MASK))
    .replace(LONG_RUN, (run) => (looksRandom(run) ? MASK : run))
}

/** `token: null`, `invalid token: unexpected end`, `key: key_01…` and `auth: 3` say nothing. */
function isHarmless(name: string, value: string): boolean {
  const bare = value.replace(/^["']|["']$/g, '')
  if (/^(?:|null|undefined|true|false|-?\d{1,6}(?:\.\d+)?|\[secret\])$/.test(bare) || OWN_ID.test(bare)) return true
  return /[a-z]: +$/i.test(name) && /^[a-z]{1,16}\.?$/i.test(bare)
}

/**
 * Text changes between a-z, A-Z and 0-9 once or twice per word; random text at every second character.
 * Parts of a name (`gpt-4o-mini-2024-07-18`) are told from random runs with separators in them by how often they change inside.
 */
function looksRandom(run: string): boolean {
  if (OWN_ID.test(run) || UUID.test(run)) return false
  if (HEX.test(run)) return true
  const changes = countChanges(run)
  if (changes >= Math.max(6, run.length * 0.25)) return true
  return run.split(/[_+=-]/).some((part) => part.length >= 20 && isDense(part))
}

function isDense(part: string): boolean {
  const changes = countChanges(part)
  return /\d/.test(part) ? changes >= (part.length >= 28 ? 1 : 3) : changes >= part.length * 0.38
}

function countChanges(run: string): number {
  let changes = 0
  for (let i = 1; i < run.length; i++) {
    const [before, after] = [kindOf(run.charCodeAt(i - 1)), kindOf(run.charCodeAt(i))]
    if (before !== after && before !== 0 && after !== 0) changes++
  }
  return changes
}

/** 0 for separators. */
function kindOf(code: number): number {
  if (code >= 97) return 1
  if (code >= 65 && code <= 90) return 2
  return code >= 48 && code <= 57 ? 3 : 0
}
