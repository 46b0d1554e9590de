// What can be chosen on the command line of a benchmark.
import { parseArgs } from 'node:util'
import { CONTENDERS, ENTERPRISE, VARIANTS, type ContenderName } from './contenders.ts'

const HELP = `node bench/run.ts [options]
  --quick          3 rounds of 2 s, warmed up 4 s: for a look, not for the record
  --rounds N       clean rounds wanted (5); disturbed ones are repeated, at most as many again
  --seconds N      length of a slice (5)
  --warmup N       seconds of load on each contender before it counts (25)
  --only A,B       of ${CONTENDERS.join(', ')}, streams, routes; enterprise = all of its rows;
                   and ${VARIANTS.join(', ')}, which no other run has: gateway with one feature on
  --connections N  of wrk (32)
  --check          exit 1 when a floor is missed
A complete run (no --quick, no --only) rewrites the measured part of docs/benchmarks.md.
`

const CONNECTIONS = 32

export interface Options {
  readonly quick: boolean
  readonly rounds: number
  readonly seconds: number
  readonly warmup: number
  readonly connections: number
  readonly contenders: readonly ContenderName[]
  readonly streams: boolean
  readonly routes: boolean
  readonly complete: boolean
  readonly check: boolean
}

/** Prints the help and ends for --help. @throws when an option is not understood. */
export function parseOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      warmup: { type: 'string' },
      connections: { type: 'string' },
      only: { type: 'string' },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    process.exit(0)
  }
  const only = values.only?.split(',').flatMap((name) => (name === 'enterprise' ? ENTERPRISE : [name])) ?? [...CONTENDERS, 'streams', 'routes']
  const unknown = only.filter((name) => name !== 'streams' && name !== 'routes' && ![...CONTENDERS, ...VARIANTS].includes(name as ContenderName))
  if (unknown.length > 0) throw new Error(`--only does not know ${unknown.join(', ')}.\n${HELP}`)
  const count = (text: string | undefined, fallback: number) => {
    const value = Number(text ?? fallback)
    if (!Number.isInteger(value) || value < 1) throw new Error(`"${text}" is not a whole number of at least 1.\n${HELP}`)
    return value
  }
  return {
    quick: values.quick,
    rounds: count(values.rounds, values.quick ? 3 : 5),
    seconds: count(values.seconds, values.quick ? 2 : 5),
    warmup: count(values.warmup, values.quick ? 4 : 25),
    connections: count(values.connections, CONNECTIONS),
    contenders: [...CONTENDERS, ...VARIANTS].filter((name) => only.includes(name)),
    streams: only.includes('streams'),
    routes: only.includes('routes'),
    complete: !values.quick && values.only === undefined,
    check: values.check,
  }
}
