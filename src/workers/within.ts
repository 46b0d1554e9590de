// Waiting with a bound.

/** What the work gives, or undefined when it takes longer; it is not stopped then. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)))
  const result = await Promise.race([work, late])
  clearTimeout(timer)
  return result
}
