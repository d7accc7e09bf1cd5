/** What retention needs to know of a version. */
export interface DatedVersion {
  /** 0 is the newest. */
  readonly number: number
  readonly createdAt: Date
  /** Partial versions never count as complete ones. */
  readonly isPartial: boolean
}

/**
 * Which versions go. Several rules may be given: a version goes when any of them says so; the number of versions is
 * counted among those that the others leave.
 */
export interface RetentionRules {
  /** These versions go; each must exist. Not together with `time`. */
  readonly versions?: readonly number[] | undefined
  /** Versions of then and before go: a moment, or a text as `parseTime` reads it. Not together with `versions`. */
  readonly time?: Date | string | undefined
  /**
   * Versions older than this go: a duration such as `6M` or `1Y`, with months and years by the calendar. The newest
   * complete version stays however old it is.
   */
  readonly keepTime?: string | undefined
  /** So many complete versions stay, the newest ones. */
  readonly keepVersions?: number | undefined
  /**
   * Thins out versions by age: `1W:1D,4W:1W,12M:1M` keeps one a day for a week, one a week for four weeks, one a month
   * for twelve months and nothing older. `U` is no limit (of a frame), or no thinning (as an interval).
   */
  readonly retentionPolicy?: string | undefined
  /** The last complete version may go, too. @defaultValue false */
  readonly allowFullRemoval?: boolean | undefined
  /**
   * Backups that start early or late do not change what stays: see `toleranceOf`. @defaultValue true
   */
  readonly timeTolerance?: boolean | undefined
}

/**
 * What decides on a version.
 *
 * - `version`, `time` it was chosen
 * - `keep-time`, `keep-versions`, `retention-policy` the rule of this name
 * - `newest` the newest version is never thinned out
 * - `last-complete` no other complete version would be left
 * - `not-chosen` others were chosen
 * - `interrupted-backup` an interrupted backup goes on from it
 * - `lock` an object lock forbids it
 */
export type RetentionRule =
  | 'version'
  | 'time'
  | 'keep-time'
  | 'keep-versions'
  | 'retention-policy'
  | 'newest'
  | 'last-complete'
  | 'not-chosen'
  | 'interrupted-backup'
  | 'lock'

/** Why a version goes or stays. */
export interface RetentionReason {
  readonly rule: RetentionRule
  /** What about the version made the rule decide so; for people. */
  readonly detail: string
}

/** What becomes of one version. */
export interface VersionDecision {
  readonly version: DatedVersion
  readonly goes: boolean
  /** The rules that make it go; or what each rule that was given has found for it. Never empty. */
  readonly reasons: readonly RetentionReason[]
}

/** What one rule says of one version. */
export interface RuleVerdict extends RetentionReason {
  readonly goes: boolean
}
