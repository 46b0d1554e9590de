// What the doctor says about a change of ENCRYPTION_KEY: whether the old key is still needed.
import type { KeyRotation } from '../ports/key-rotation.ts'
import type { Store } from '../ports/store.ts'
import { type Finding, pass, warn } from './doctor-finding.ts'

const NAME = 'key rotation'
const START = 'POST /api/jobs {"kind":"reencrypt"}'

/** @param hasPrevious ENCRYPTION_KEY_PREVIOUS is set */
export async function checkKeyRotation(rotation: KeyRotation, store: Store, hasPrevious: boolean): Promise<readonly Finding[]> {
  const { prefix, isKeyWaiting, isUnderWay } = await rotation.status()
  if (isKeyWaiting) {
    return [warn(NAME, `the data are still under ENCRYPTION_KEY_PREVIOUS: keep it, and when all replicas have both keys start the job: ${START}`)]
  }
  if (isUnderWay) {
    const left = await store.sealed.countOthers(prefix)
    return [warn(NAME, `${left} values are not sealed anew yet; if no job does it (GET /api/jobs), start one: ${START}`)]
  }
  if (hasPrevious) return [warn(NAME, 'done: everything is under ENCRYPTION_KEY. Remove ENCRYPTION_KEY_PREVIOUS; keep the old key only for old backups')]
  return [pass(NAME, 'none is under way')]
}
