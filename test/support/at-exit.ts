// One listener for everything that must be gone when the process of a test ends.

const pending = new Set<() => void>()
let isListening = false

/** @returns a function that takes the task back */
export function atExit(task: () => void): () => void {
  if (!isListening) process.once('exit', () => pending.forEach((each) => each()))
  isListening = true
  pending.add(task)
  return () => void pending.delete(task)
}
