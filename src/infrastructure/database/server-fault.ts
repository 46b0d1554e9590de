// Faults between us and a database server that the server itself did not report, above all that it does not answer in time.

export const CONNECTION_LOST = 'AKR_CONNECTION_LOST'
export const QUERY_TIMEOUT = 'AKR_QUERY_TIMEOUT'
export const POOL_BUSY = 'AKR_POOL_BUSY'
export const POOL_CLOSED = 'AKR_POOL_CLOSED'

/** Always the fault of the database or the way to it, never of the statement. */
export class ServerFault extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ServerFault'
    this.code = code
  }
}

/** @throws ServerFault CONNECTION_LOST, after `onLate`, when `work` has not ended in time */
export async function withinTime<T>(work: Promise<T>, timeoutMs: number, onLate: () => void, code = CONNECTION_LOST): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onLate()
      reject(new ServerFault(code, `no answer within ${Math.round(timeoutMs)} ms`))
    }, timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
