// One line of `akr doctor`, and how all of them are printed.

export interface Finding {
  readonly name: string
  readonly status: 'pass' | 'warn' | 'fail'
  /** What was found, and what to do about it unless it is fine. */
  readonly detail: string
}

export const pass = (name: string, detail: string): Finding => ({ name, status: 'pass', detail })
export const warn = (name: string, detail: string): Finding => ({ name, status: 'warn', detail })
export const fail = (name: string, detail: string): Finding => ({ name, status: 'fail', detail })

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function renderFindings(findings: readonly Finding[]): string {
  const marks = { pass: '✓', warn: '!', fail: '✗' }
  const width = Math.max(...findings.map(({ name }) => name.length))
  return findings
    .map(({ name, status, detail }) => `${marks[status]} ${name.padEnd(width)}  ${detail.replaceAll('\n', `\n${' '.repeat(width + 4)}`)}`)
    .join('\n')
}
