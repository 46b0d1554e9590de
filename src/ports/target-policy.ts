// Which base URLs an upstream may have.
import type { FieldError } from '../errors.ts'

export interface TargetPolicy {
  /** What is wrong with the URL, or undefined. Looks at the text only: names are resolved and checked again per connection. */
  check(url: string): FieldError | undefined
}
