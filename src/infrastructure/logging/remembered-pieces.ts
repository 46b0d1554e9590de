// Rendered pieces of log lines that repeat: building them again for every request would cost more than the rest of the line.

/** Pieces in all; above it everything is forgotten and starts anew. */
const PIECES_MAX = 1_000
const KEY_CHARS_MAX = 512

/** A concatenation is a tree until somebody reads it; a remembered piece must not be one. */
export function flatten(text: string): string {
  void Buffer.from(text)
  return text
}

export interface PieceGroup {
  get(key: string): string | undefined
  /** Remembers and returns the piece. */
  add(key: string, piece: string): string
}

/** Looked up by three texts, without joining them. */
export class RememberedPieces {
  readonly #groups = new Map<string, Map<string, Group>>()
  #count = 0

  group(first: string, second: string): PieceGroup {
    let groups = this.#groups.get(first)
    if (groups === undefined) this.#groups.set(first, (groups = new Map<string, Group>()))
    let group = groups.get(second)
    if (group === undefined) groups.set(second, (group = new Group(() => this.#added())))
    return group
  }

  #added(): boolean {
    if (++this.#count <= PIECES_MAX) return true
    this.#groups.clear()
    this.#count = 0
    return false
  }
}

class Group implements PieceGroup {
  readonly #pieces = new Map<string, string>()
  readonly #mayAdd: () => boolean

  constructor(mayAdd: () => boolean) {
    this.#mayAdd = mayAdd
  }

  get(key: string): string | undefined {
    return this.#pieces.get(key)
  }

  add(key: string, piece: string): string {
    const flat = flatten(piece)
    if (this.#mayAdd() && key.length <= KEY_CHARS_MAX) this.#pieces.set(key, flat)
    return flat
  }
}
