// What a store throws, whatever database it is.

/** The request was done before, by this process or another. */
export class RepeatedRequestError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RepeatedRequestError'
  }
}

export class UniqueViolationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UniqueViolationError'
  }
}

export class StoreUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreUnavailableError'
  }
}
