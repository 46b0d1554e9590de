// What is let in: rate limits that no client key has, and web pages of other origins.
import type { Config } from '../config.ts'
import type { VariableReader } from './variable-reader.ts'

export function readPolicies(reader: VariableReader): Pick<Config, 'rateLimits' | 'cors'> {
  const isLimited = reader.flag('RATE_LIMIT_ENABLED') ?? false
  if (!isLimited && reader.isSet('RATE_LIMIT_PER_IP')) reader.warnings.push('RATE_LIMIT_PER_IP has no effect without RATE_LIMIT_ENABLED=true.')
  const perAddress = reader.number('RATE_LIMIT_PER_IP')
  return {
    rateLimits: { addressPerSecond: isLimited ? perAddress : undefined, globalPerSecond: reader.number('RATE_LIMIT_GLOBAL') },
    cors: readCors(reader),
  }
}

function readCors(reader: VariableReader): Config['cors'] {
  const origins = reader.list('CORS_ORIGINS').flatMap((entry) => {
    const origin = entry === '*' ? entry : parseOrigin(entry)
    if (origin === undefined)
      reader.problems.push(`CORS_ORIGINS contains ${JSON.stringify(entry)}. Write origins such as https://app.example.com, without a path, or * alone.`)
    return origin ?? []
  })
  const allowsCredentials = reader.flag('CORS_CREDENTIALS') ?? false
  if (origins.includes('*') && allowsCredentials)
    reader.problems.push(
      'CORS_ORIGINS is * and CORS_CREDENTIALS is true: every page could act for whoever visits it. Name the origins, or remove CORS_CREDENTIALS.',
    )
  if (origins.includes('*') && origins.length > 1) reader.warnings.push('CORS_ORIGINS contains *, so its other entries have no effect.')
  if (allowsCredentials && origins.length === 0) reader.warnings.push('CORS_CREDENTIALS has no effect without CORS_ORIGINS.')
  return origins.length === 0 ? undefined : { origins: [...new Set(origins)], allowsCredentials }
}

/** As browsers write it in `Origin`; `null` is nobody's. */
function parseOrigin(entry: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@*\s]+\/?$/i.test(entry) || !URL.canParse(entry)) return undefined
  const url = new URL(entry)
  // Pages inside applications have schemes of their own, to which URL gives no origin.
  return url.origin === 'null' ? entry.replace(/\/$/, '').toLowerCase() : url.origin
}
