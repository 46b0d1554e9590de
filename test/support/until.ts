// Waits for an event that nobody announces, by looking again and again.
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 5

/** @throws when the condition does not hold within the time */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadlineMs) throw new Error(`not so within ${timeoutMs} ms: ${condition.toString().slice(0, 200)}`)
    await delay(POLL_MS)
  }
}
