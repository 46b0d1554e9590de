// Builds one distribution into dist/<build>: a folder that runs wherever Node 24 is, with nothing else installed.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { lean } from './build/lean.ts'
import { copyNativePackages, NATIVE_PACKAGES } from './build/native-packages.ts'
import { renderNotices } from './build/notices.ts'
import { buildWebUi } from './build/web-ui.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SWAGGER_UI_FILES = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-32x32.png',
  'LICENSE',
  'NOTICE',
  'swagger-ui-bundle.js.LICENSE.txt',
]
/** CommonJS packages inside an ES module still call require(). */
const BANNER = `import { createRequire as createRequireOfBundle } from 'node:module'\nconst require = createRequireOfBundle(import.meta.url)`

/** Writes dist/<name>; whatever was there is gone. @throws when builds/<name> does not exist or does not compile */
export async function buildDistribution(name: string, out = join(ROOT, 'dist', name)): Promise<void> {
  const entry = join(ROOT, 'builds', name, 'main.ts')
  if (!existsSync(entry)) throw new Error(`there is no build "${name}": ${entry} does not exist`)
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const { metafile } = await build({
    entryPoints: { main: entry, worker: join(ROOT, 'src/infrastructure/database/sqlite/worker.ts') },
    outdir: out,
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // What is not needed to serve (management, command line) is in files of its own, loaded when it is asked for.
    splitting: true,
    // Readable stack traces are worth more than the 200 KB that minified names would save.
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [lean],
    sourcemap: 'external',
    legalComments: 'none',
    metafile: true,
    banner: { js: BANNER },
    external: [...NATIVE_PACKAGES],
    logLevel: 'warning',
  })
  const natives = copyNativePackages(ROOT, out)
  const inputsOfUi = await buildWebUi(ROOT, join(out, 'ui'))
  copyAssets(out)
  const { version, license } = readJson(join(ROOT, 'package.json'))
  writeJson(join(out, 'package.json'), {
    name: `api-key-rotator-${name}`,
    version,
    license,
    private: true,
    type: 'module',
    main: 'main.js',
    engines: { node: '>=24' },
    dependencies: natives,
  })
  writeJson(join(out, 'meta.json'), metafile)
  writeFileSync(
    join(out, 'THIRD-PARTY-NOTICES.txt'),
    renderNotices(ROOT, [...Object.keys(metafile.inputs), ...inputsOfUi, ...NATIVE_PACKAGES.map((native) => `node_modules/${native}/package.json`)]),
  )
}

function copyAssets(out: string): void {
  const swaggerUi = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')))
  for (const file of SWAGGER_UI_FILES) cpSync(join(swaggerUi, file), join(out, 'swagger-ui', file))
  cpSync(join(ROOT, 'LICENSE'), join(out, 'LICENSE'))
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const name = process.argv[2] ?? 'lightweight'
  await buildDistribution(name, process.argv[3])
  process.stdout.write(`built ${process.argv[3] ?? `dist/${name}`}\n`)
}
