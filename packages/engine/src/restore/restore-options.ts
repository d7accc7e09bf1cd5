import { assertKnownKeys, type CallOptions, ConfigurationError } from '@tercet/interface'
import type { EventListener } from '../common/events.ts'
import type { IssueOptions } from '../common/issue-log.ts'
import type { VersionChoice } from '../common/select-version.ts'
import { OptionReader } from '../common/validate.ts'

/** What happens to a file that exists and differs from the one to be restored. */
export type ConflictRule = 'rename' | 'overwrite' | 'patch-in-place'

/** What to restore, and where to. Plain JSON apart from signals and functions. */
export interface PlanRestoreOptions extends VersionChoice, CallOptions, IssueOptions {
  /** Paths, names and patterns; only what matches is restored. @defaultValue everything */
  readonly include?: readonly string[] | undefined
  /** Filter expressions; what matches is left out. Comes before `include`. */
  readonly exclude?: readonly string[] | undefined
  /** Ordered filter rules, `+expression` or `-expression`; they come before `exclude` and `include`. */
  readonly filters?: readonly string[] | undefined
  /** Files larger than so many bytes are left out. */
  readonly skipFilesLargerThan?: number | undefined
  /** Folder to restore into. @defaultValue the original places */
  readonly to?: string | undefined
  /** New path of the one file that is selected. */
  readonly toFile?: string | undefined
  /** Below `to`, keep the whole path instead of leaving out what all selected entries have in common. */
  readonly keepFullPaths?: boolean | undefined
  /**
   * For files that exist with other content. `rename`: the restored file gets a name with the date of the version.
   * `overwrite`: it replaces the other one when all of its bytes are verified. `patch-in-place`: only blocks that
   * differ are written into the existing file, which is neither old nor new if that is interrupted.
   * @defaultValue rename
   */
  readonly overwrite?: ConflictRule | undefined
  /** Restore owner, mode and access lists, too. Times and extended attributes always are. @defaultValue false */
  readonly permissions?: boolean | undefined
  /** Restore names, content and links only. @defaultValue false */
  readonly skipMetadata?: boolean | undefined
  /** Take blocks from the original files where these still hold them. @defaultValue false */
  readonly useLocalBlocks?: boolean | undefined
  readonly onEvent?: EventListener | undefined
}

export interface RestoreOptions extends CallOptions, IssueOptions {
  /** Say what would be done, and write nothing. @defaultValue false */
  readonly dryRun?: boolean | undefined
  readonly onEvent?: EventListener | undefined
}

const PLAN_KEYS = [
  'version',
  'time',
  'include',
  'exclude',
  'filters',
  'skipFilesLargerThan',
  'to',
  'toFile',
  'keepFullPaths',
  'overwrite',
  'permissions',
  'skipMetadata',
  'useLocalBlocks',
  'onEvent',
  'onIssue',
  'signal'
] as const satisfies readonly (keyof PlanRestoreOptions)[]
const RESTORE_KEYS = [
  'dryRun',
  'onEvent',
  'onIssue',
  'signal'
] as const satisfies readonly (keyof RestoreOptions)[]

export interface ResolvedPlanOptions {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly filters: readonly string[]
  readonly skipFilesLargerThan: number
  readonly to: string | undefined
  readonly toFile: string | undefined
  readonly keepFullPaths: boolean
  readonly overwrite: ConflictRule
  readonly permissions: boolean
  readonly skipMetadata: boolean
  readonly useLocalBlocks: boolean
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT` */
export function resolvePlanOptions(options: PlanRestoreOptions): ResolvedPlanOptions {
  assertKnownKeys(options, PLAN_KEYS, 'planRestore')
  const read = new OptionReader(options, 'planRestore')
  const resolved: ResolvedPlanOptions = {
    include: read.texts('include', []),
    exclude: read.texts('exclude', []),
    filters: read.texts('filters', []),
    skipFilesLargerThan: read.integer('skipFilesLargerThan', Number.MAX_SAFE_INTEGER, 0),
    to: read.text('to'),
    toFile: read.text('toFile'),
    keepFullPaths: read.flag('keepFullPaths', false),
    overwrite: read.choice('overwrite', 'rename', ['rename', 'overwrite', 'patch-in-place']),
    permissions: read.flag('permissions', false),
    skipMetadata: read.flag('skipMetadata', false),
    useLocalBlocks: read.flag('useLocalBlocks', false)
  }
  if (resolved.to !== undefined && resolved.toFile !== undefined) {
    throw new ConfigurationError('CONFIG_CONFLICT', 'planRestore: give either "to" or "toFile", not both')
  }
  return resolved
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolveRestoreOptions(options: RestoreOptions): { readonly dryRun: boolean } {
  assertKnownKeys(options, RESTORE_KEYS, 'restore')
  return { dryRun: new OptionReader(options, 'restore').flag('dryRun', false) }
}
