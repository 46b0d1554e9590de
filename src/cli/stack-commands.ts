// Names, arguments and help texts of the commands for a whole gateway: secrets to start with, backup and restore, the move to another database.
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Build } from '../build.ts'
import { backUp, type BackupOptions, restore } from './backup-command.ts'
import type { CliIo } from './cli-io.ts'
import { INIT_FORMATS, initialise, type InitOptions } from './init-command.ts'
import { type MigrateOptions, migrateDatabase } from './migrate-command.ts'

export interface StackParts {
  readonly build: Build
  readonly io: CliIo
  readonly isJson: () => boolean
}

export function addStackCommands(program: Command, { build, io, isJson }: StackParts): void {
  program
    .command('init')
    .description('make the secrets that a stack needs; adds what is missing, never changes what is there')
    .addOption(new Option('--format <format>', 'a file per secret, NAME=value lines, or a Kubernetes Secret').choices(INIT_FORMATS).default('files'))
    .option('--out <path>', 'folder for files (default: secrets), file for env (default: stdout)')
    .option('--from <secrets.json>', 'take the secrets of a gateway that moves here')
    .option('--owner <uid:gid>', 'who shall own the files, e.g. 10001:10001 of the image; needs root')
    .option('--setup-link', 'without admin_password: the gateway prints a set-up link instead')
    .option('--name <name>', 'name of the Kubernetes Secret', 'api-key-rotator')
    .action((options: InitOptions) => initialise(io, options, isJson()))
  program
    .command('migrate-db')
    .description('copy everything into another database, e.g. from SQLite to PostgreSQL, and prove that it arrived')
    .option('--from <url>', 'database to read: sqlite:/path, mysql://…, postgres://…, or @file with the URL; default: of this environment')
    .option('--to <url>', 'empty database to fill; default: of this environment')
    .option('--secrets <file>', 'secrets.json with ENCRYPTION_KEY and CLIENT_KEY_PEPPER of the source; default: the environment')
    .addOption(new Option('--replace <rows>', 'remove all of so many rows that the target holds').argParser(parseCount))
    .option('--dry-run', 'read and check everything, write nothing')
    .action((options: MigrateOptions) => migrateDatabase(build, io, options, isJson()))
  const secrets = 'secrets.json with ENCRYPTION_KEY and CLIENT_KEY_PEPPER; default: the environment'
  program
    .command('backup <file>')
    .description('copy the configuration database into one file, also while a gateway uses it, and prove that it can be read')
    .option('--secrets <file>', secrets)
    .action((file: string, options: BackupOptions) => backUp(build, io, file, options, isJson()))
  program
    .command('restore <file>')
    .description('put a backup into the database of this environment, which must be empty')
    .option('--secrets <file>', secrets)
    .action((file: string, options: BackupOptions) => restore(build, io, file, options, isJson()))
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('It must be the number of rows that the target holds.')
  return Number(text)
}
