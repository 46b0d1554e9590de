// A configuration on its way to another process of the same gateway, secrets included.
import type { Config } from '../config.ts'
import { Secret } from '../domain/secret.ts'
import { deepFreeze } from './load-config.ts'

const SECRET = '$secret'

/** Holds every secret in the clear: only for a channel that nobody else can read. */
export function encodeConfig(config: Config): string {
  return JSON.stringify(config, function (this: Record<string, unknown>, name, value: unknown) {
    // By the time a replacer sees it, a Secret has already become its masked text.
    const original = this[name]
    return original instanceof Secret ? { [SECRET]: original.reveal() } : value
  })
}

export function decodeConfig(text: string): Config {
  const config = JSON.parse(text, (_name, value: unknown) => {
    const secret = typeof value === 'object' && value !== null && SECRET in value ? value[SECRET] : undefined
    return typeof secret === 'string' ? new Secret(secret) : value
  }) as Config
  return deepFreeze(config)
}
