// Reads recorded bytes the way the data plane hands them to an adapter: as latin1 text.
import { readFileSync } from 'node:fs'

export function readFixture(path: string): string {
  return readFileSync(new URL(`../fixtures/${path}`, import.meta.url), 'latin1')
}
