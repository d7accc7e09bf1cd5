import { assertKnownKeys, ConfigurationError, isTercetError } from '@tercet/interface'
import { resolveSettings } from '@tercet/sdk'
import { JobsError } from '../jobs-error.ts'
import type { ReportSettings } from '../reports/report-settings.ts'
import { createSchedule, type ScheduleSettings } from '../schedule/schedule.ts'
import type { ScriptHooks } from '../scripts/script-hooks.ts'

/** Settings of an operation, by their names in the API: see `settings.schema.json` of `@tercet/sdk`. */
export type JobSettings = Readonly<Record<string, unknown>>

/** One backup as it stands in a file. Texts may name secrets: `$name`. Plain JSON. */
export interface Job {
  readonly sources: readonly string[]
  /** URL or path. */
  readonly destination: string
  /** Options of the store, by their names on the command line. */
  readonly destinationOptions?: Readonly<Record<string, string>> | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly passphrase?: string | undefined
  /** How the backup is opened. */
  readonly open?: JobSettings | undefined
  /** What is backed up, and how. */
  readonly backup?: JobSettings | undefined
  /** Which versions go afterwards. */
  readonly retention?: JobSettings | undefined
  /** When a watched job makes versions: see `watchJob`. */
  readonly watch?: JobSettings | undefined
  /** Where the backup is replicated to: a configuration as that of `--remote-sync-config`. */
  readonly replicas?: object | undefined
  readonly schedule?: ScheduleSettings | undefined
  readonly scripts?: Omit<ScriptHooks, 'environment'> | undefined
  readonly reports?: ReportSettings | undefined
}

/** Several jobs. */
export interface JobsFile {
  /** Where secrets are looked up: see `openSecretProvider`. */
  readonly secretProvider?: string | undefined
  /** For jobs that have none of their own. */
  readonly reports?: ReportSettings | undefined
  readonly jobs: Readonly<Record<string, Job>>
}

export const JOB_KEYS = [
  'sources',
  'destination',
  'destinationOptions',
  'username',
  'password',
  'passphrase',
  'open',
  'backup',
  'retention',
  'watch',
  'replicas',
  'schedule',
  'scripts',
  'reports'
] as const satisfies readonly (keyof Job)[]
export const RETENTION_KEYS = [
  'keepTime',
  'keepVersions',
  'retentionPolicy',
  'allowFullRemoval',
  'timeTolerance'
]
const SCRIPT_KEYS = ['beforeRequired', 'before', 'postBackup', 'after', 'timeoutMs', 'withArguments']

/**
 * Reads a file of jobs, strictly: nothing is opened before all of it was understood.
 *
 * @param path of the file, for messages
 * @throws JobsError `JOB_FILE_INVALID`, whose message says where
 */
export function parseJobsFile(text: string, path: string): JobsFile {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw invalid(path, `is no JSON: ${(error as Error).message}`)
  }
  try {
    return checkedFile(value)
  } catch (error) {
    if (!isTercetError(error) && !(error instanceof TypeError)) throw error
    throw invalid(path, error.message)
  }
}

function checkedFile(value: unknown): JobsFile {
  const file = object(value, 'the file')
  assertKnownKeys(file, ['$schema', 'secretProvider', 'reports', 'jobs'], 'the file')
  optionalText(file['secretProvider'], 'secretProvider')
  if (file['reports'] !== undefined) checkReports(file['reports'], 'reports')
  const jobs = object(file['jobs'], 'jobs')
  for (const [name, job] of Object.entries(jobs)) {
    if (!/^[\w][\w .-]*$/.test(name))
      throw wrong(`the name "${name}"`, 'letters, digits, spaces, "-", "." and "_"')
    checkJob(job, name)
  }
  return { ...(file as unknown as JobsFile), jobs: Object.assign(Object.create(null), jobs) }
}

/** @throws ConfigurationError `CONFIG_*`, whose message begins with the job's name */
export function checkJob(value: unknown, name: string): asserts value is Job {
  const job = object(value, name)
  assertKnownKeys(job, JOB_KEYS, name)
  if (!isTexts(job['sources']) || job['sources'].length === 0)
    throw wrong(`${name}: "sources"`, 'a list of paths')
  if (typeof job['destination'] !== 'string' || job['destination'] === '')
    throw wrong(`${name}: "destination"`, 'a URL or a path')
  for (const key of ['username', 'password', 'passphrase']) optionalText(job[key], `${name}: ${key}`)
  if (job['destinationOptions'] !== undefined)
    for (const [key, text] of Object.entries(
      object(job['destinationOptions'], `${name}: destinationOptions`)
    ))
      optionalText(text, `${name}: destinationOptions: ${key}`)
  const retention = settings(job['retention'], `${name}: retention`)
  assertKnownKeys(retention, RETENTION_KEYS, `${name}: retention`)
  inJob(name, () => resolveSettings('open', settings(job['open'], `${name}: open`)))
  inJob(name, () =>
    resolveSettings('backup', { ...settings(job['backup'], `${name}: backup`), ...retention })
  )
  inJob(name, () => resolveSettings('watch', settings(job['watch'], `${name}: watch`)))
  if (job['replicas'] !== undefined) object(job['replicas'], `${name}: replicas`)
  if (job['schedule'] !== undefined)
    inJob(name, () => createSchedule(object(job['schedule'], 'schedule') as unknown as ScheduleSettings))
  if (job['scripts'] !== undefined)
    assertKnownKeys(object(job['scripts'], `${name}: scripts`), SCRIPT_KEYS, `${name}: scripts`)
  if (job['reports'] !== undefined) checkReports(job['reports'], `${name}: reports`)
}

function checkReports(value: unknown, where: string): void {
  const reports = object(value, where)
  assertKnownKeys(reports, ['http', 'mail'], where)
  if (reports['http'] !== undefined) {
    const http = object(reports['http'], `${where}: http`)
    if (!isTexts(http['jsonUrls'] ?? []) || !isTexts(http['formUrls'] ?? []))
      throw wrong(`${where}: http`, 'lists of URLs')
  }
  if (reports['mail'] === undefined) return
  const mail = object(reports['mail'], `${where}: mail`)
  if (!isTexts(mail['to']) || !isTexts(mail['urls']))
    throw wrong(`${where}: mail`, '"to" and "urls", both lists of texts')
}

function inJob(name: string, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (!isTercetError(error)) throw error
    throw new ConfigurationError('CONFIG_INVALID_VALUE', `${name}: ${error.message}`)
  }
}

function settings(value: unknown, where: string): Record<string, unknown> {
  return value === undefined ? {} : object(value, where)
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw wrong(where, 'an object')
}

function optionalText(value: unknown, where: string): void {
  if (value !== undefined && typeof value !== 'string') throw wrong(where, 'a text')
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')
}

function wrong(where: string, expected: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `${where} must be ${expected}`)
}

function invalid(path: string, problem: string): JobsError {
  return new JobsError('JOB_FILE_INVALID', `${path}: ${problem}`, { context: { path } })
}
