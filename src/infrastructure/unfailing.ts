// Observers must not harm what they observe: a fault inside one of them is told once per method on stderr, and goes no further.

type Method = (a: unknown, b: unknown, c: unknown, d: unknown) => void

/**
 * The same methods, none of which throws; for parts whose methods return nothing and take at most four arguments.
 * @param tell default: writes to stderr, because the log itself may be what fails
 */
export function unfailing<T extends object>(part: T, name: string, tell: (text: string) => void = tellOnStderr): T {
  const guarded: Record<string, Method> = {}
  for (const method of methodsOf(part)) {
    const call = (part as Record<string, Method>)[method]?.bind(part) as Method
    let isTold = false
    guarded[method] = (a, b, c, d) => {
      try {
        call(a, b, c, d)
      } catch (error) {
        if (isTold) return
        isTold = true
        tell(`${name}.${method} failed and is ignored from now on: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      }
    }
  }
  return guarded as T
}

function methodsOf(part: object): Set<string> {
  const names = new Set<string>()
  for (let at: object | null = part; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name)
    }
  }
  return names
}

function tellOnStderr(text: string): void {
  try {
    process.stderr.write(text)
  } catch {
    // Nobody is left to tell.
  }
}
