import {
  assertKnownKeys,
  type CallOptions,
  ConfigurationError,
  type Issue,
  type Outcome
} from '@tercet/interface'
import type { AffectedPath } from '../browse/affected.ts'
import type { EventListener } from '../common/events.ts'
import type { IssueOptions } from '../common/issue-log.ts'
import type { VersionChoice } from '../common/select-version.ts'
import { OptionReader } from '../common/validate.ts'
import type { VolumeFault } from './verify-jobs.ts'

/** With `version` or `time`, of all lists only that of this version is checked. */
export interface VerifyOptions extends VersionChoice, CallOptions, IssueOptions {
  /** Volumes of each class to be checked, those checked least often first; `all`: every one. @defaultValue 1 */
  readonly samples?: number | 'all' | undefined
  /**
   * `hash`: size, hash and authenticity of the whole volume. `content`: what is in it, too, compared with the catalog
   * in both directions. @defaultValue content
   */
  readonly depth?: 'hash' | 'content' | undefined
  /** With the depth `content`: share of a volume's blocks that is unpacked and hashed, from 0 to 1. @defaultValue 0.2, with `all` samples 1 */
  readonly blockShare?: number | undefined
  /** Yields numbers from 0 up to 1, for the choice of samples. @defaultValue Math.random */
  readonly random?: (() => number) | undefined
  readonly onEvent?: EventListener | undefined
}

/** Something that is wrong at the destination. Plain data. */
export interface Defect {
  readonly code: string
  readonly severity: 'warning' | 'error'
  readonly volume: string
  readonly message: string
  /** Base64 of the hash of the block concerned. */
  readonly block?: string | undefined
  /** Numbers of the versions that it harms; blocks of which another volume has a copy harm none. */
  readonly affectedVersions: readonly number[]
  /** Paths that it harms, with their versions. */
  readonly affectedFiles: readonly AffectedPath[]
}

/** One volume with everything that is wrong with it, and what that harms. Plain data. */
export interface DamagedVolume {
  readonly volume: string
  readonly type: 'dlist' | 'dindex' | 'dblock'
  /**
   * `missing`: not at the destination; `unreachable`: it could not be fetched this time; `unreadable`: nothing of it can
   * be used; `damaged`: part of it; `differing`: it has more than it should, which harms nothing; `unknown`: it belongs
   * to this backup by its name, and the catalog does not know it.
   */
  readonly state: 'missing' | 'unreachable' | 'unreadable' | 'damaged' | 'differing' | 'unknown'
  /** Code, message without the name of the volume, and block where one is concerned; the first hundred. */
  readonly defects: readonly VolumeFault[]
  /** All of them. */
  readonly defectCount: number
  /**
   * Of a list: when its version was made. Where `affectedVersions` names no number, the catalog does not know that
   * version, as its list was damaged already when the catalog was made.
   */
  readonly listOf?: Date | undefined
  /** Numbers of the versions that the volume harms, newest first. */
  readonly affectedVersions: readonly number[]
  /** Paths that it harms, each once. */
  readonly affectedFiles: readonly AffectedPath[]
}

export interface VerifyResult {
  readonly outcome: Outcome
  /** Volumes that were read. */
  readonly verified: number
  /** Volumes at the destination. */
  readonly volumes: number
  /** One by one. */
  readonly defects: readonly Defect[]
  /** The same by volume: lists first, then volumes of blocks, then indexes. */
  readonly damaged: readonly DamagedVolume[]
  readonly issues: readonly Issue[]
}

const KEYS = [
  'samples',
  'depth',
  'blockShare',
  'random',
  'version',
  'time',
  'onEvent',
  'onIssue',
  'signal'
] as const satisfies readonly (keyof VerifyOptions)[]

export interface ResolvedVerifyOptions {
  readonly samples: number
  readonly hashOnly: boolean
  readonly blockShare: number
  readonly random: () => number
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolveVerifyOptions(options: VerifyOptions): ResolvedVerifyOptions {
  assertKnownKeys(options, KEYS, 'verify')
  const { samples = 1, random = Math.random } = options
  const isAll = samples === 'all'
  if (!isAll && !(Number.isSafeInteger(samples) && samples >= 0)) {
    throw new ConfigurationError('CONFIG_INVALID_VALUE', 'verify: "samples" must be a whole number or "all"')
  }
  const blockShare = options.blockShare ?? (isAll ? 1 : 0.2)
  if (!(typeof blockShare === 'number' && blockShare >= 0 && blockShare <= 1)) {
    throw new ConfigurationError('CONFIG_INVALID_VALUE', 'verify: "blockShare" must be a number from 0 to 1')
  }
  const depth = new OptionReader(options, 'verify').choice('depth', 'content', ['hash', 'content'])
  return {
    samples: isAll ? Number.POSITIVE_INFINITY : samples,
    hashOnly: depth === 'hash',
    blockShare,
    random
  }
}
