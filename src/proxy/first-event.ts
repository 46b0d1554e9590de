// The first event of an event stream, while it is still arriving: is it there, and may it be an error?

/** Blank lines and comments before the first event say nothing. */
const SKIPPED = /^(?:\s|:[^\r\n]*[\r\n])+/
const EVENT_END = /\r?\n\r?\n|\r\r/
/** How the first event begins when it is an error, without white space. */
const ERROR_BEGINNINGS = ['event:error', 'event:response.failed', 'data:{"error', 'data:{"type":"error', 'data:{"type":"response.failed']

/** @param text what has arrived of the stream, latin1 */
export function findFirstEvent(text: string): { readonly text: string; readonly isWhole: boolean } {
  const begun = text.replace(SKIPPED, '')
  const end = EVENT_END.exec(begun)
  return end === null ? { text: begun, isWhole: false } : { text: begun.slice(0, end.index), isWhole: true }
}

/** Only text that may become the beginning of an error is worth waiting for. */
export function mayBecomeError(text: string): boolean {
  if (text === '' || text.startsWith(':')) return true
  const dense = text.slice(0, 64).replaceAll(/\s/g, '')
  return ERROR_BEGINNINGS.some((beginning) => dense.startsWith(beginning) || beginning.startsWith(dense))
}
