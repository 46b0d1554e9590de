// Leaves out what dependencies carry but this product never calls: every megabyte of code costs memory as long as the gateway runs.
import type { Plugin } from 'esbuild'

interface Replacement {
  /** The module as it is resolved. */
  readonly filter: RegExp
  readonly contents: string
}

/** `undici` loads fetch, WebSocket, caches and mocks with its index; the attempt engine uses these three. */
const UNDICI = `
const Pool = require('undici/lib/dispatcher/pool.js')
const buildConnector = require('undici/lib/core/connect.js')
const errors = require('undici/lib/core/errors.js')
module.exports = { Pool, buildConnector, errors }
`

const REPLACEMENTS: readonly Replacement[] = [
  { filter: /[\\/]node_modules[\\/]undici[\\/]index\.js$/, contents: UNDICI },
  // Express offers it as express.json(); bodies are read by src/http/request-body.ts, and character sets are half a megabyte.
  { filter: /[\\/]node_modules[\\/]body-parser[\\/]index\.js$/, contents: 'module.exports = {}' },
  // Messages in forty languages; ours are our own.
  { filter: /[\\/]node_modules[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/, contents: "export { default as en } from './en.js'" },
]

/** Packages that a driver asks for in case they are installed. A bundle must not change with what happens to lie beside it. */
const ABSENT = /^(pg-native|cardinal|bufferutil|utf-8-validate|msgpackr-extract|@valkey\/valkey-glide)$/
const ABSENT_CONTENTS = "throw Object.assign(new Error('not in this bundle'), { code: 'MODULE_NOT_FOUND' })"

export const lean: Plugin = {
  name: 'lean',
  setup(build) {
    build.onResolve({ filter: ABSENT }, ({ path }) => ({ path, namespace: 'absent' }))
    build.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: ABSENT_CONTENTS, loader: 'js' }))
    for (const { filter, contents } of REPLACEMENTS) {
      let isUsed = false
      build.onLoad({ filter }, ({ path }) => {
        isUsed = true
        return { contents, loader: 'js', resolveDir: path.replace(/[\\/][^\\/]+$/, '') }
      })
      build.onEnd(() => {
        if (!isUsed) throw new Error(`No module matches ${String(filter)} any more: the package changed its layout, see scripts/build/lean.ts.`)
      })
    }
  },
}
