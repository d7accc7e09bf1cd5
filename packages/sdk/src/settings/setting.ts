/** A value as it stands in a file of settings. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/**
 * What a setting's value is, in JSON and as text on a command line.
 *
 * - `boolean`: text `1 on true yes`, `0 off false no`; no text at all is true
 * - `integer`: digits
 * - `versions`: numbers of versions; text such as `0,2-4`
 * - `share`: a number from 0 to 1
 * - `percent`: a number from 0 to 100
 * - `samples`: digits, or `all`
 * - `size`: bytes; text with `b kb mb gb tb` (powers of 1024), without one in `unit`
 * - `duration`: milliseconds; text such as `1D12h` (`s m h D W M Y`), a bare number is seconds
 * - `time`: a moment as text: ISO 8601, `2015/9/10`, `20240501T100000Z`, `now`, or a duration before now
 * - `choice`: one of `choices`; case does not matter in text
 * - `text`, `path`: as they are
 * - `list`, `paths`: texts; in text separated by commas, or by the system's separator of paths
 * - `path-list`: as `paths`, or an object whose `listFile` names a file with one path a line
 * - `filters`: rules, each beginning with `+` or `-`, in order
 * - `configuration`: an object, or as text JSON or the name of a file with it
 * - `compression`: `zstd:N`, `deflate:N`, `tgz:N`, `tzstd:N` or `none`
 */
export type SettingType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly minimum: number; readonly maximum?: number | undefined }
  | {
      readonly kind: 'size'
      readonly unit: 'kb' | 'mb'
      readonly minimum: number
      readonly maximum?: number | undefined
    }
  | { readonly kind: 'versions' }
  | { readonly kind: 'share' }
  | { readonly kind: 'percent' }
  | { readonly kind: 'samples' }
  | { readonly kind: 'duration' }
  | { readonly kind: 'time' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'text' }
  | { readonly kind: 'path' }
  | { readonly kind: 'list' }
  | { readonly kind: 'paths' }
  | { readonly kind: 'path-list' }
  | { readonly kind: 'filters' }
  | { readonly kind: 'compression' }
  | { readonly kind: 'configuration' }

/** Operations that settings belong to; `open` is part of each. */
export type SettingOperation =
  | 'open'
  | 'backup'
  | 'delete'
  | 'compact'
  | 'purge'
  | 'purgeBroken'
  | 'repair'
  | 'restore'
  | 'browse'
  | 'locks'
  | 'compare'
  | 'verify'
  | 'testFilters'
  | 'policy'
  | 'sync'
  | 'watch'

/** One way to write a setting on a command line. Names are those of Duplicati where it has the option. */
export interface OptionSpelling {
  /** In kebab-case, without the dashes. */
  readonly option: string
  /** The option is a flag that stands for this value. For a boolean setting `=false` means the opposite. */
  readonly flag?: JsonValue | undefined
  /** What the flag stands for when it is turned off, where that is not simply the opposite. */
  readonly off?: JsonValue | undefined
  /** Each use adds one rule with this sign. */
  readonly sign?: '+' | '-' | undefined
  /** The value is a file with one path a line, not the paths. */
  readonly listFile?: true | undefined
  /** Shown in the short help of a command. */
  readonly common?: boolean | undefined
  /** What it does, where that differs from the description of the setting. */
  readonly description?: string | undefined
}

/** One setting: plain JSON under `name` in calls and files, and text under its options on a command line. */
export interface Setting {
  /** The name in the API, in camelCase. */
  readonly name: string
  readonly type: SettingType
  /** As text for people; undefined: nothing, or decided by the destination. */
  readonly default?: string | undefined
  /** Operations whose options object has it. */
  readonly operations: readonly SettingOperation[]
  /** One sentence without a full stop. */
  readonly description: string
  /**
   * It matters to this operation alone; others that are opened in the same way take it without effect, so that the same
   * options do for all commands of a backup. Help shows it where it matters.
   */
  readonly mattersTo?: SettingOperation | readonly SettingOperation[] | undefined
  /** The first is the usual one. */
  readonly options: readonly OptionSpelling[]
}
