import type { BackendScheme, Issue, OpenBackupOptions } from '@tercet/sdk'
import {
  outcomeOf,
  type Secret,
  type SettingValues,
  settingsFromOptions,
  settingsOf
} from '@tercet/sdk/options'
import { ConfigurationError } from '@tercet/sdk/settings'
import { separateBackendOptions } from './backend-options.ts'
import { backendsOfReplicas } from './backends-of-replicas.ts'
import type { CommandContext } from './command-context.ts'
import type { CommandLine } from './command-line.ts'
import { usageOf } from './command-spec.ts'
import { credentialsOf } from './credentials.ts'
import type { ExitCode } from './exit-code.ts'
import { fillSecrets } from './fill-secrets.ts'
import { listenForSignals } from './interruption.ts'
import type { CliIo } from './io.ts'
import { separateOwn } from './own-values.ts'
import { mergeParameters, readParameters } from './parameters-file.ts'
import { type PassphraseSource, resolvePassphrase } from './passphrase.ts'
import { type EndListener, issueLines, Reporter } from './reporter.ts'
import { SURROUNDING_OPTIONS } from './surrounding-options.ts'
import type { Surroundings } from './surroundings.ts'

/** Fills in what files and providers of secrets say, then runs the command with all that goes on around it. */
export async function runCommand(
  given: CommandLine,
  io: CliIo,
  backends: readonly BackendScheme[]
): Promise<ExitCode> {
  const { line, secrets } = await fillSecrets(withParameters(given, io), io)
  const { own } = separateOwn(line.spec, line.given)
  if (!SURROUNDING_OPTIONS.some(({ option }) => own.text(option) !== undefined))
    return await runOperation(line, io, backends, undefined)
  const { Surroundings } = await import('./surroundings.ts')
  const texts = ['passphrase', 'auth-password', 'send-mail-password'].flatMap((name) => own.text(name) ?? [])
  const surroundings = new Surroundings(line, own, [...secrets, ...texts], io)
  const changed = await surroundings.begin()
  if (changed !== undefined) return await runOperation(changed, io, backends, surroundings)
  const outcome = outcomeOf(surroundings.issues)
  const reporter = new Reporter(io, own.flag('json'))
  return await reporter.finish(outcome, { skipped: true, issues: surroundings.issues }, [
    'Not done, as the script before it has said',
    ...issueLines(surroundings.issues, surroundings.issues.length)
  ])
}

/** Looks at all options, then runs the command. Nothing is opened before every option was understood. */
async function runOperation(
  { spec, arguments: args, given }: CommandLine,
  io: CliIo,
  backends: readonly BackendScheme[],
  surroundings: Surroundings | undefined
): Promise<ExitCode> {
  const { own, settings: others } = separateOwn(spec, given)
  const { backendOptions, settings: settingOptions } = separateBackendOptions(args[0], backends, others)
  const notices: string[] = []
  const values = settingsFromOptions(spec.operations, settingOptions, (option, reason) =>
    notices.push(`--${option} has no effect: ${reason}`)
  )
  const openNames = new Set(settingsOf('open').map(({ name }) => name))
  const [openSettings, settings] = split(values, (name) => openNames.has(name))
  const needsUrl = spec.operations.includes('open')
  const [url] = args
  if (needsUrl && (url === undefined || url === ''))
    throw new ConfigurationError('CONFIG_MISSING', `Name the destination: tercet ${usageOf(spec)}`)
  const passphrase = needsUrl ? await resolvePassphrase(own, io) : undefined
  if (spec.isHeavy === true) await io.limitMemory?.()
  const run = await spec.load()
  const reporter = new Reporter(io, own.flag('json'), own.flag('progress'))
  for (const notice of notices) await reporter.notice(notice)
  using interruption = listenForSignals(io)
  surroundings?.endWith(interruption.abort)
  if (surroundings !== undefined) reporter.onEnd = endOf(surroundings, reporter)
  const calls = { signal: interruption.abort, onEvent: reporter.show }
  const warnOfWeak = async (secret: Secret) =>
    (await import('./warn-of-weak-passphrase.ts')).warnOfWeakPassphrase(secret, io, reporter)
  const warning =
    (source: PassphraseSource): PassphraseSource =>
    async (need) => {
      const secret = await source(need)
      if (need.isNew && secret !== undefined) await warnOfWeak(secret)
      return secret
    }
  const context: CommandContext = {
    io,
    spec,
    url: needsUrl ? url : undefined,
    arguments: needsUrl ? args.slice(1) : args,
    own,
    settings,
    openSettings,
    afterVersion: surroundings?.afterVersion,
    backends,
    destinationOptions: { credentials: credentialsOf(own, io), options: backendOptions },
    reporter,
    interruption,
    calls,
    open: async (more) => {
      const options: OpenBackupOptions = {
        ...(openSettings as Partial<OpenBackupOptions>),
        destination: url as string,
        backendOptions,
        credentials: credentialsOf(own, io),
        passphrase: typeof passphrase === 'function' ? warning(passphrase) : passphrase,
        ...calls,
        ...more
      }
      const { openBackup } = await import('@tercet/sdk')
      const backup = await openBackup({
        ...options,
        backends: [...backends, ...(more?.backends ?? []), ...(await backendsOfReplicas(options))]
      })
      const makesNew = backup.isNew && spec.operations.includes('backup') && isEncrypted(options)
      if (makesNew && typeof passphrase === 'object') await warnOfWeak(passphrase)
      return backup
    }
  }
  try {
    return await run(context)
  } catch (error) {
    return await reporter.fail(error)
  }
}

/** Whether a new destination would be encrypted with the passphrase. */
function isEncrypted({ encryption, encryptKeys }: OpenBackupOptions): boolean {
  return encryption !== 'none' && encryptKeys === undefined
}

/** Troubles of scripts count; a report that fails is told, and changes nothing. */
function endOf(surroundings: Surroundings, reporter: Reporter): EndListener {
  return async (end) => {
    const unsent = await surroundings.end(end)
    for (const { message } of [...surroundings.issues, ...unsent]) await reporter.notice(message)
    if (end.outcome === 'failed') return 'error'
    if (end.outcome === 'stopped') return 'stopped'
    return outcomeOf([...surroundings.issues, ...issuesOf(end.outcome)])
  }
}

function issuesOf(outcome: 'success' | 'warning' | 'error'): Issue[] {
  return outcome === 'success' ? [] : [{ code: 'OUTCOME', severity: outcome, message: outcome }]
}

/** Adds what a file of parameters says. */
function withParameters(line: CommandLine, io: CliIo): CommandLine {
  const files = line.given.filter(({ option }) => option === 'parameters-file')
  const path = files.at(-1)?.text
  if (path === undefined) return line
  const parameters = readParameters(path, io.environment)
  const [url, ...rest] = line.arguments
  const target = parameters.target ?? url
  const sources = parameters.sources.length > 0 ? parameters.sources : rest
  return {
    spec: line.spec,
    arguments: target === undefined ? [] : [target, ...sources],
    given: mergeParameters(line.given, parameters)
  }
}

function split(values: SettingValues, isFirst: (name: string) => boolean): [SettingValues, SettingValues] {
  const entries = Object.entries(values)
  return [
    Object.fromEntries(entries.filter(([name]) => isFirst(name))),
    Object.fromEntries(entries.filter(([name]) => !isFirst(name)))
  ]
}
