// The command line: names, arguments and help texts of all commands.
import { Command, Option } from 'commander'
import { KEY_LOCATIONS } from '../domain/upstream.ts'
import { KEY_STATES } from '../domain/upstream-key.ts'
import type { Build } from '../build.ts'
import type { ManagementServices } from '../services/management.ts'
import { addAccount, type AddAccountOptions, listAccounts, removeAccount } from './account-commands.ts'
import { addClient, listClients, removeClient, type AddClientOptions } from './client-commands.ts'
import type { CliIo } from './cli-io.ts'
import { examine } from './doctor.ts'
import { renderFindings } from './doctor-finding.ts'
import { askHealth, localBaseUrl } from './health-command.ts'
import { addKeys, type AddKeysOptions, type KeyListOptions, listKeys, removeKeys } from './key-commands.ts'
import { addStackCommands } from './stack-commands.ts'
import { type Tools, withTools } from './tools.ts'
import { addUpstream, listUpstreams, removeUpstream, type AddUpstreamOptions } from './upstream-commands.ts'

export interface ProgramParts {
  readonly build: Build
  readonly io: CliIo
  /** `akr serve`. */
  readonly serve: () => Promise<void>
  /** The exit code when a command ends without an error. */
  readonly setExitCode: (code: number) => void
}

export function createProgram({ build, io, serve, setExitCode }: ProgramParts): Command {
  const program = new Command('akr')
  const isJson = (): boolean => program.opts<{ json?: boolean }>().json === true
  const useTools = (work: (tools: Tools) => Promise<void>): Promise<void> => withTools(build, io.environment, work)
  program
    .description('API Key Rotator: one client key in front of pools of vendor keys.')
    .version(`${build.version} (${build.catalog.build})`, '-V, --version')
    .option('--json', 'print results as JSON')
    .enablePositionalOptions(false)
    .addHelpText(
      'after',
      '\nSecrets are read from files or stdin (-), never from arguments.\nExit codes: 0 done, 1 failed, 2 wrong usage, 69 a service is unavailable, 78 wrong configuration.',
    )
    .configureOutput({ writeOut: (text) => io.print(text.trimEnd()), writeErr: (text) => io.remark(text.trimEnd()) })

  program.command('serve').description('run the gateway (the default)').action(serve)
  program
    .command('doctor')
    .description('look for what commonly goes wrong; changes nothing')
    .option('--url <url>', 'where clients reach the gateway')
    .action(async ({ url }: { url?: string }) => {
      const findings = await examine(build, io.environment, url)
      io.print(isJson() ? JSON.stringify(findings, null, 2) : renderFindings(findings))
      const worst = findings.find(({ status }) => status === 'fail')
      if (worst !== undefined) setExitCode(worst.name === 'configuration' ? 78 : 1)
    })
  program
    .command('health')
    .description('ask the running gateway whether it is ready: exit code 0 or 1')
    .option('--url <url>', 'base URL of the gateway')
    .action(async ({ url }: { url?: string }) => {
      const { isReady, detail } = await askHealth(url?.replace(/\/+$/, '') ?? localBaseUrl(io.environment))
      io.print(isJson() ? JSON.stringify({ ready: isReady, detail }) : detail)
      if (!isReady) setExitCode(1)
    })
  program
    .command('setup-link')
    .description('print a new one-time link to create the first admin')
    .action(() =>
      useTools(async ({ config, management }) => {
        const { host, port } = config.adminListen ?? config.listen
        const base =
          config.adminListen === undefined && config.publicBaseUrl !== undefined
            ? config.publicBaseUrl
            : `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${port}`
        const token = await management.setup.issueToken()
        const link = `${base}/setup#t=${token.reveal()}`
        io.print(isJson() ? JSON.stringify({ link }) : link)
        io.remark('It works once, for 60 minutes.')
      }),
    )

  addStackCommands(program, { build, io, isJson })
  const command = (noun: Command, name: string, about: string): Command => noun.command(name).description(about)
  const manage = (work: (management: ManagementServices) => Promise<void>): Promise<void> => useTools(({ management }) => work(management))
  addUpstreamCommands(program.command('upstream').description('the vendors behind the gateway'), { command, manage, io, isJson })
  addKeyCommands(program.command('key').description('the vendor keys of an upstream'), { command, manage, io, isJson })
  addClientCommands(program.command('client').description('the keys that clients present'), { command, manage, io, isJson })
  addAccountCommands(program.command('account').description('tenants: client keys and people of their own'), { command, manage, io, isJson })
  return program
}

interface NounParts {
  readonly command: (noun: Command, name: string, about: string) => Command
  readonly manage: (work: (management: ManagementServices) => Promise<void>) => Promise<void>
  readonly io: CliIo
  readonly isJson: () => boolean
}

function addUpstreamCommands(noun: Command, { command, manage, io, isJson }: NounParts): void {
  command(noun, 'list', 'list upstreams').action(() => manage((management) => listUpstreams(management, io, isJson())))
  command(noun, 'add <slug>', 'create an upstream')
    .option('--adapter <name>', 'vendor, e.g. openai, anthropic, gemini, groq; default: generic')
    .option('--name <text>', 'name for people')
    .option('--base-url <url>', "default: the vendor's")
    .addOption(new Option('--key-location <place>', 'where the key goes').choices(KEY_LOCATIONS))
    .option('--key-name <name>', 'header, parameter, cookie or member of the key')
    .option('--key-prefix <text>', 'put before the key, e.g. "Bearer "')
    .option('--keys <file>', 'file with keys in any form; - reads stdin')
    .action((slug: string, options: AddUpstreamOptions) => manage((management) => addUpstream(management, io, slug, options, isJson())))
  command(noun, 'rm <slug>', 'remove an upstream with its keys').action((slug: string) =>
    manage((management) => removeUpstream(management, io, slug, isJson())),
  )
}

function addKeyCommands(noun: Command, { command, manage, io, isJson }: NounParts): void {
  command(noun, 'list <upstream>', 'list the keys of an upstream with their states')
    .addOption(new Option('--state <state>', 'only those in this state').choices(KEY_STATES))
    .option('--tag <tag>', 'only those that carry it')
    .action((slug: string, options: KeyListOptions) => manage((management) => listKeys(management, io, slug, options, isJson())))
  command(noun, 'add <upstream> [file]', 'add keys from a file or from stdin (-), in any form')
    .option('--dry-run', 'only say what would happen')
    .option('--tag <tags>', 'tags of all these keys, with commas between them, beside those that stand with the keys')
    .action((slug: string, file: string | undefined, options: AddKeysOptions) =>
      manage((management) => addKeys(management, io, slug, file ?? '-', options, isJson())),
    )
  command(noun, 'rm <id...>', 'remove keys').action((ids: string[]) => manage((management) => removeKeys(management, io, ids, isJson())))
}

function addClientCommands(noun: Command, { command, manage, io, isJson }: NounParts): void {
  command(noun, 'list', 'list client keys').action(() => manage((management) => listClients(management, io, isJson())))
  withLimits(command(noun, 'add <name>', 'issue a client key; it is printed once, alone on stdout'))
    .alias('new')
    .option('--account <id>', 'belongs to this account')
    .option('--upstream <slug...>', 'only for these upstreams')
    .option('--model <name...>', 'only these models, e.g. "gpt-4o*"')
    .option('--network <cidr...>', 'only from these addresses, e.g. 10.0.0.0/8')
    .option('--expires <time>', 'e.g. 2027-01-31')
    .action((name: string, options: AddClientOptions) => manage((management) => addClient(management, io, name, options, isJson())))
  command(noun, 'rm <id>', 'revoke a client key')
    .option('--purge', 'forget it altogether')
    .action((id: string, { purge }: { purge?: boolean }) => manage((management) => removeClient(management, io, id, purge === true, isJson())))
}

function addAccountCommands(noun: Command, { command, manage, io, isJson }: NounParts): void {
  command(noun, 'list', 'list accounts').action(() => manage((management) => listAccounts(management, io, isJson())))
  withLimits(command(noun, 'add <name>', 'create an account; its id is printed'))
    .option('--upstream <slug...>', 'only these upstreams; with <slug>:<tag> only their keys with that tag')
    .action((name: string, options: AddAccountOptions) => manage((management) => addAccount(management, io, name, options, isJson())))
  command(noun, 'rm <id>', 'remove an account')
    .option('--cascade', 'with its client keys and people')
    .action((id: string, { cascade }: { cascade?: boolean }) => manage((management) => removeAccount(management, io, id, cascade === true, isJson())))
}

function withLimits(command: Command): Command {
  return command
    .option('--rps <n>', 'at most so many requests in any second')
    .option('--rpm <n>', 'at most so many in any minute')
    .option('--rpd <n>', 'at most so many in any 24 hours')
    .option('--tpm <n>', 'at most so many tokens in any minute')
    .option('--tpd <n>', 'at most so many tokens in any 24 hours')
    .option('--max-in-flight <n>', 'at most so many at the same time')
    .option('--budget-usd <n>', 'at most so many dollars in a month, or a day')
    .option('--budget-tokens <n>', 'at most so many tokens in a month, or a day')
    .option('--budget-period <p>', 'day or month; default: month')
}
