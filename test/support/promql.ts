// Reads a PromQL expression with Prometheus' own grammar: what it selects, and what it cannot mean.
import { parser } from '@prometheus-io/lezer-promql'

export interface Reading {
  /** Text around each mistake; empty when there is none. */
  readonly mistakes: readonly string[]
  readonly metrics: readonly string[]
  /** Of matchers, groupings and joins. */
  readonly labels: readonly string[]
}

/** @param expression may use Grafana's variables, which stand for text */
export function readPromQl(expression: string): Reading {
  const text = expression.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '1h').replaceAll('$upstream', 'any')
  const mistakes: string[] = []
  const metrics: string[] = []
  const labels: string[] = []
  parser.parse(text).iterate({
    enter: ({ type, name, from, to }) => {
      if (type.isError) mistakes.push(`${text.slice(Math.max(0, from - 20), from)}⟨here⟩${text.slice(to, to + 20)}`)
      if (name === 'Identifier') metrics.push(text.slice(from, to))
      if (name === 'LabelName') labels.push(text.slice(from, to))
    },
  })
  return { mistakes, metrics, labels }
}
