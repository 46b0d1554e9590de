// Owns the reading of a gateway's JSON log.

export interface LogLine {
  readonly event: string
  readonly level: string
  readonly msg: string
  readonly worker?: string
  readonly [field: string]: unknown
}

/** @throws on a line that is not one JSON object, e.g. two that were mixed */
export function readLog(stdout: string): LogLine[] {
  const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine)
}
