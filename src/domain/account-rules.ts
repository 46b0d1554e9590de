// Which user names and passwords are accepted.
import { limits } from '../limits.ts'
import { weakSecretReason } from './weak-secret.ts'

/** Letters, digits and `. _ @ + -`; 1 to 64 characters; compared in lower case. */
export const USERNAME_PATTERN = /^[a-z0-9][a-z0-9._@+-]{0,63}$/

/** Names are stored and compared in this form. */
export function normalizeUsername(text: string): string {
  return text.trim().toLowerCase()
}

/**
 * What is wrong with a password, completing the sentence "The password …"; undefined when nothing is. Never quotes it.
 * @param username normalised
 */
export function findPasswordFault(password: string, username: string): string | undefined {
  // Code points, so that an emoji is not two characters; bytes are bounded by the request body.
  const chars = [...password].length
  if (chars < limits.passwordCharsMin) return `must have at least ${limits.passwordCharsMin} characters`
  if (chars > limits.passwordCharsMax) return `must have at most ${limits.passwordCharsMax} characters`
  if (password.includes('\0')) return 'must not contain NUL'
  if (username.length >= 4 && password.toLowerCase().includes(username)) return 'must not contain the user name'
  return weakSecretReason(password, limits.passwordCharsMin)
}
