import { describe, expect, test } from '@jest/globals'
import type { Config } from '../../src/config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { StartupError } from '../../src/errors.ts'

const SECRETS = {
  JWT_SECRET: 'j4Kd93mXq0Zr7Lp2Wv8Tn5Bc1Hs6Gf0a',
  ENCRYPTION_KEY: 'e9Xw27bQm4Vz1Rk8Ty5Ln0Pc3Js6Hd2f',
  CLIENT_KEY_PEPPER: 'p5Mz81kQ04LmNtR77pVw3yBc92Xd6Gh1',
}

function load(env: Record<string, string>): Config {
  return loadConfig(
    { ...SECRETS, ...env },
    {
      build: 'lightweight',
      version: '1.2.3',
      defaultDataDir: '/nowhere',
      workingDir: '/',
      terminal: false,
      readFile: () => '',
      secretsFile: { read: () => ({}), add: () => ({}) },
      generateSecret: () => '',
    },
  )
}

function problemsOf(env: Record<string, string>): string {
  try {
    load(env)
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError)
    return (error as Error).message
  }
  throw new Error('the configuration was accepted')
}

describe('tracing', () => {
  test('is off until it is asked for or has an endpoint, and OTEL_SDK_DISABLED has the last word', () => {
    expect(load({}).tracing).toBeUndefined()
    expect(load({ TRACING_ENABLED: 'true' }).tracing?.url).toBe('http://localhost:4318/v1/traces')
    expect(load({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318/' }).tracing?.url).toBe('http://otel:4318/v1/traces')
    expect(load({ OTLP_ENDPOINT: 'https://c/otlp/v1/traces' }).tracing?.url).toBe('https://c/otlp/v1/traces')
    expect(load({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/in' }).tracing?.url).toBe('https://c/in')
    expect(load({ OTLP_ENDPOINT: 'http://otel:4318', TRACING_ENABLED: 'false' }).tracing).toBeUndefined()
    expect(load({ OTLP_ENDPOINT: 'http://otel:4318', TRACING_ENABLED: 'true', OTEL_SDK_DISABLED: 'true' }).tracing).toBeUndefined()
  })

  test('names, attributes and headers are read as the standard writes them; headers are a secret', () => {
    const { tracing } = load({
      TRACING_ENABLED: '1',
      OTEL_SERVICE_NAME: 'gate',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod, team=a%20b',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc==,x-scope=1',
    })
    expect(tracing).toMatchObject({ serviceName: 'gate', attributes: { 'deployment.environment.name': 'prod', team: 'a b' } })
    expect(String(tracing?.headers)).toBe('[secret]')
    expect(JSON.parse(tracing?.headers.reveal() ?? '')).toEqual({ authorization: 'Basic abc==', 'x-scope': '1' })
  })

  test.each([
    [{}, { ratio: 1, followsParent: true }],
    [{ OTEL_TRACES_SAMPLER: 'always_off' }, { ratio: 0, followsParent: false }],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, { ratio: 0, followsParent: true }],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' },
      { ratio: 0.1, followsParent: false },
    ],
    [
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
      { ratio: 0, followsParent: true },
    ],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' }, { ratio: 1, followsParent: true }],
  ])('%j', (env, sampling) => expect(load({ TRACING_ENABLED: 'true', ...env }).tracing?.sampling).toEqual(sampling))

  test('what is wrong is said, without repeating what may be secret', () => {
    const problems = problemsOf({
      OTLP_ENDPOINT: 'otel:4317',
      OTEL_EXPORTER_OTLP_HEADERS: 'Bearer geheim',
      OTEL_RESOURCE_ATTRIBUTES: 'x',
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
      OTEL_TRACES_SAMPLER_ARG: '10%',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      SENTRY_DSN: 'https://sentry.example.com/geheim',
    })
    for (const name of ['OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_TRACES_SAMPLER ', 'OTEL_TRACES_SAMPLER_ARG', 'OTEL_EXPORTER_OTLP_PROTOCOL', 'SENTRY_DSN']) expect(problems).toContain(`- ${name}`) // prettier-ignore
    expect(problems).not.toContain('geheim')
    expect(load({ OTEL_TRACES_SAMPLER_ARG: '0.5' }).warnings.join()).toContain('OTEL_TRACES_SAMPLER_ARG has no effect')
  })
})

test('error reports are off until there is an address', () => {
  expect(load({}).errorReports).toBeUndefined()
  const { errorReports } = load({ SENTRY_DSN: 'https://abc@sentry.example.com/sub/42', SENTRY_ENVIRONMENT: 'staging' })
  expect(errorReports?.environment).toBe('staging')
  expect(String(errorReports?.address)).toBe('[secret]')
})
