// What is known about one environment variable.

interface Described {
  /** One sentence for docs/configuration.md and .env.example. */
  readonly about: string
  readonly group: string
  /** Other names that mean the same; the first one that is set wins, this variable's own name before all. */
  readonly aliases?: readonly string[]
  /** True for names that the original product had. */
  readonly original?: true
  /** Printed in the documentation when the default is not a plain value. */
  readonly defaultText?: string
}

/** Seconds are written by people and become ms in the code; `default`, `min` and `max` are in the unit people write. */
export type Variable = Described &
  (
    | { readonly type: 'port'; readonly default?: number }
    | { readonly type: 'integer' | 'bytes' | 'seconds'; readonly min: number; readonly max: number; readonly default?: number }
    | { readonly type: 'boolean'; readonly default?: boolean }
    | { readonly type: 'choice'; readonly choices: readonly string[]; readonly default?: string }
    | { readonly type: 'text' | 'url' | 'list'; readonly default?: string }
    | { readonly type: 'secret' | 'secrets'; readonly charsMin: number }
  )
