// Owns a compiled build in a folder of its own: how it is made, what is in it, how it is started away from its sources.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { createTemporaryFolder, type TemporaryFolder } from '../support/free-port.ts'
import { ChildUnderTest, type ExitStatus } from '../support/process.ts'

const ROOT = join(import.meta.dirname, '../..')

interface Metafile {
  readonly inputs: Readonly<Record<string, { readonly imports: readonly { readonly path: string; readonly external?: boolean }[] }>>
}

export class Bundle {
  readonly path: string
  readonly folder: TemporaryFolder

  /** Compiles builds/<name>. @throws with what the compiler said */
  constructor(name: string) {
    this.folder = createTemporaryFolder('akr-bundle')
    this.path = join(this.folder.path, name)
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/build.ts'), name, this.path], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`the build failed:\n${stderr}`)
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8')
  }

  get #inputs(): Metafile['inputs'] {
    return (JSON.parse(this.read('meta.json')) as Metafile).inputs
  }

  /** Source files that went in, relative to the repository. */
  sources(): readonly string[] {
    return Object.keys(this.#inputs)
  }

  /** Names of all npm packages whose code went in, those inside other packages' folders too. */
  packages(): ReadonlySet<string> {
    return new Set(this.sources().flatMap((source) => [...source.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map(([, name]) => name as string)))
  }

  /** What is looked for when it runs, besides Node's own modules. */
  outside(): readonly string[] {
    const paths = Object.values(this.#inputs).flatMap((input) => input.imports.filter(({ external }) => external === true).map(({ path }) => path))
    return [...new Set(paths.filter((path) => path !== '<runtime>' && !isBuiltin(path)))].sort()
  }

  /** Runs it in a directory that has nothing of the sources. */
  start(env: NodeJS.ProcessEnv, ...args: readonly string[]): ChildUnderTest {
    return new ChildUnderTest(process.execPath, [join(this.path, 'main.js'), ...args], {
      env: { PATH: process.env.PATH, ...env },
      cwd: this.folder.path,
    })
  }

  /** Runs it with settings that must be refused. */
  async refuse(env: Readonly<Record<string, string>>): Promise<{ status: ExitStatus; output: string }> {
    const child = this.start({ DATA_DIR: join(this.folder.path, `refused-${Object.keys(env).join('-')}`), ...env })
    const status = await child.exit()
    return { status, output: child.output }
  }
}

/** The call that a newcomer tries: a stream of the built-in demo upstream, as text. */
export async function streamDemo(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/llm/demo/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer demo', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo-1', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
  })
  return answer.text()
}
