// Owns data folders that are made once per machine and version, and copied for each server: making one takes seconds.
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asServerUser, createServerFolder, unprivileged } from './server-process.ts'
import { getBinary, type ServerName } from './find-server.ts'

/** Changes when the way a template is made changes. */
const GENERATION = 1

function run(command: readonly [string, ...string[]], cwd: string): void {
  const [binary, ...args] = command
  const { status, stdout, stderr } = spawnSync(binary, args, { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' } })
  if (status !== 0) throw new Error(`${args.join(' ')}:\n${stdout}\n${stderr}`)
}

/** Puts a copy of the template into the empty folder. `make` fills a folder by a command that ends. */
export function copyTemplate(server: ServerName, binary: string, folder: string, make: (into: string) => readonly [string, ...string[]]): void {
  const { mtimeMs, size } = statSync(getBinary(binary))
  const user = unprivileged(server)
  const home = join(tmpdir(), `akr-test-templates-${process.getuid?.() ?? 0}`)
  const template = join(home, `${server}-${GENERATION}-${Math.trunc(mtimeMs)}-${size}`)
  if (!existsSync(template)) {
    mkdirSync(home, { recursive: true, mode: 0o755 })
    // Whoever else could write here could choose what the tests run on.
    if (statSync(home).uid !== (process.getuid?.() ?? 0)) throw new Error(`${home} belongs to somebody else: remove it`)
    const draft = createServerFolder(server)
    run(asServerUser(server, make(draft.path)), draft.path)
    try {
      renameSync(draft.path, template)
    } catch {
      // Another test process was first.
    }
    draft.remove()
  }
  run(['cp', '-a', '--reflink=auto', `${template}/.`, folder], folder)
  chmodSync(folder, 0o700)
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  rmSync(join(folder, 'lost+found'), { recursive: true, force: true })
}
