import {
  assertKnownKeys,
  type CallOptions,
  ConfigurationError,
  type VolumeStoredHook
} from '@tercet/interface'
import type { EventListener } from '../common/events.ts'
import type { IssueOptions } from '../common/issue-log.ts'
import { RunController } from '../common/run-controller.ts'
import { OptionReader } from '../common/validate.ts'
import { resolveSelection, SELECTION_KEYS, type SourceSelection } from './source-selection.ts'

const MIB = 1024 * 1024

/** Names of the hash algorithms of the format. */
const HASH_NAMES = ['MD5', 'SHA1', 'SHA256', 'SHA384', 'SHA512'] as const
export type BackupHash = (typeof HASH_NAMES)[number]

/** Paths given as a list, as a file with one path a line, or one after the other. */
export type PathList = readonly string[] | { readonly listFile: string } | AsyncIterable<string>

/** All that may differ from the version before, as somebody knows who watched the sources since it began. */
export interface SourceChanges {
  /** Paths to which something happened. Those that are gone took all below them along. */
  readonly paths: PathList
  /** Folders in which anything may have happened. */
  readonly folders?: readonly string[] | undefined
  /** Some of the folders are named because something may have been missed there. @defaultValue false */
  readonly hasGaps?: boolean | undefined
  /** From when on somebody watched. ISO 8601. */
  readonly since?: string | undefined
  /**
   * Time of the version since which these are all changes. Where the newest version is an older one, since that one was
   * deleted, everything is looked at. ISO 8601.
   */
  readonly baseline?: string | undefined
}

/** How new volumes are compressed; a destination that another program began goes on as it was unless this is given. */
export interface CompressionOption {
  readonly method: 'zstd' | 'deflate' | 'tgz' | 'tzstd' | 'none'
  /** The codec's own level. */
  readonly level?: number | undefined
}

/**
 * What and how to back up. Plain JSON apart from signals, functions and path iterables; unknown keys are refused
 * before any I/O.
 */
export interface BackupOptions extends SourceSelection, CallOptions, IssueOptions {
  /** Only these paths are looked at; everything else is taken over from the version before. */
  readonly changedFiles?: PathList | undefined
  /** Paths that are gone; needs `changedFiles`. */
  readonly deletedFiles?: PathList | undefined
  /**
   * Only what is named here is looked at, and the version is the one that a look at everything would have made. Of no
   * effect, so that everything is looked at, unless the version before is complete and nothing of it was carried over or
   * lost. Not with `symlinkPolicy: 'follow'` or `excludeEmptyFolders`, with which what is far from a path decides on it.
   */
  readonly changes?: SourceChanges | undefined
  /**
   * When a known file is read: `full` when size, times or identity differ, `time-only` when the modification time
   * differs, `read-all` always. @defaultValue full
   */
  readonly changeDetection?: 'full' | 'time-only' | 'read-all' | undefined
  /** Store owner, mode, times and extended attributes. @defaultValue true */
  readonly storeMetadata?: boolean | undefined
  /**
   * A source that is missing: `carry-over` keeps its entries of the version before, with a warning; `allow` does so
   * silently; `error` refuses. @defaultValue carry-over
   */
  readonly missingSources?: 'carry-over' | 'allow' | 'error' | undefined
  /** Refuse when a source folder is empty. @defaultValue false */
  readonly preventEmptySource?: boolean | undefined
  /** Store a version even when nothing changed. @defaultValue false */
  readonly uploadUnchanged?: boolean | undefined
  /** Fixed for the life of a destination. @defaultValue 1 MiB */
  readonly blockSizeBytes?: number | undefined
  /** Target size of a volume; new volumes only. Later runs go by it, too. @defaultValue what an earlier run was told, else 50 MiB */
  readonly volumeSizeBytes?: number | undefined
  /** Fixed for the life of a destination. @defaultValue SHA256 */
  readonly blockHash?: BackupHash | undefined
  /** Fixed for the life of a destination. @defaultValue SHA256 */
  readonly fileHash?: BackupHash | undefined
  readonly compression?: CompressionOption | undefined
  /** @defaultValue full */
  readonly indexPolicy?: 'full' | 'lookup' | 'none' | undefined
  /** First part of all volume names; no hyphen. @defaultValue duplicati */
  readonly prefix?: string | undefined
  /** Files that travel along in each list of files. */
  readonly controlFiles?: readonly string[] | undefined
  /** Find out what would be stored, and change nothing anywhere. @defaultValue false */
  readonly dryRun?: boolean | undefined
  /** Compare the destination's listing with the catalog before and after. @defaultValue true */
  readonly verifyListing?: boolean | undefined
  /** Volumes that are uploaded at the same time. @defaultValue 4 */
  readonly uploadConcurrency?: number | undefined
  /** Further attempts for a volume, each under a new name. @defaultValue 5 */
  readonly retries?: number | undefined
  /** Pause before each further attempt, in milliseconds. @defaultValue 10 000 */
  readonly retryDelayMs?: number | undefined
  /** Most bytes that the destination may hold; the volume that would exceed it is not sent, and the version ends partial. */
  readonly quotaBytes?: number | undefined
  /** How often a file that changes while it is read is read again. @defaultValue 2 */
  readonly tornReadRetries?: number | undefined
  /** Ends the scan; what was read so far becomes a partial version. */
  readonly stop?: AbortSignal | undefined
  /** Pauses and resumes the operation. */
  readonly controller?: RunController | undefined
  readonly onEvent?: EventListener | undefined
  /** Told each volume when it is safely stored; awaited. */
  readonly onVolumeStored?: VolumeStoredHook | undefined
}

const KNOWN_KEYS = [
  ...SELECTION_KEYS,
  'changedFiles',
  'deletedFiles',
  'changes',
  'changeDetection',
  'storeMetadata',
  'missingSources',
  'preventEmptySource',
  'uploadUnchanged',
  'blockSizeBytes',
  'volumeSizeBytes',
  'blockHash',
  'fileHash',
  'compression',
  'indexPolicy',
  'prefix',
  'controlFiles',
  'dryRun',
  'verifyListing',
  'uploadConcurrency',
  'retries',
  'retryDelayMs',
  'quotaBytes',
  'tornReadRetries',
  'stop',
  'controller',
  'onEvent',
  'onIssue',
  'onVolumeStored',
  'signal'
] as const satisfies readonly (keyof BackupOptions)[]

/** {@link BackupOptions} with every default that does not depend on the destination. */
export type ResolvedBackupOptions = ReturnType<typeof resolveBackupOptions>

/**
 * Fills in the defaults. Settings that the destination may already have fixed (block size, hashes, prefix, volume size,
 * compression) stay undefined here when they were not given.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`, `CONFIG_MISSING`
 */
export function resolveBackupOptions(options: BackupOptions) {
  if (typeof options !== 'object' || options === null) throw new TypeError('backup needs an options object')
  assertKnownKeys(options, KNOWN_KEYS, 'backup')
  const read = new OptionReader(options, 'backup')
  const selection = resolveSelection(options, 'backup')
  if (options.deletedFiles !== undefined && options.changedFiles === undefined)
    throw conflict('"deletedFiles" needs "changedFiles"')
  const changes = checkedChanges(options.changes)
  if (changes !== undefined) {
    if (options.changedFiles !== undefined) throw conflict('"changes" and "changedFiles" exclude each other')
    if (selection.symlinkPolicy === 'follow' || selection.excludeEmptyFolders)
      throw conflict('"changes" is not enough with symlinkPolicy "follow" or with excludeEmptyFolders')
  }
  const blockSizeBytes = read.optionalInteger('blockSizeBytes', 1024, 2 ** 31 - 1)
  const volumeSizeBytes = read.optionalInteger('volumeSizeBytes', MIB)
  const prefix = read.text('prefix')
  if (prefix?.includes('-')) throw conflict('"prefix" must not contain a hyphen')
  return {
    ...selection,
    changedFiles: checkedPathList(options.changedFiles, 'changedFiles'),
    deletedFiles: checkedPathList(options.deletedFiles, 'deletedFiles'),
    changes,
    changeDetection: read.choice('changeDetection', 'full', ['full', 'time-only', 'read-all']),
    storeMetadata: read.flag('storeMetadata', true),
    missingSources: read.choice('missingSources', 'carry-over', ['carry-over', 'allow', 'error']),
    preventEmptySource: read.flag('preventEmptySource', false),
    uploadUnchanged: read.flag('uploadUnchanged', false),
    blockSizeBytes,
    volumeSizeBytes,
    blockHash: read.optionalChoice('blockHash', HASH_NAMES),
    fileHash: read.optionalChoice('fileHash', HASH_NAMES),
    compression: checkedCompression(options.compression),
    indexPolicy: read.choice('indexPolicy', 'full', ['full', 'lookup', 'none']),
    prefix,
    controlFiles: read.texts('controlFiles', []),
    dryRun: read.flag('dryRun', false),
    verifyListing: read.flag('verifyListing', true),
    uploadConcurrency: read.integer('uploadConcurrency', 4, 1, 64),
    retries: read.integer('retries', 5, 0, 1000),
    retryDelayMs: read.integer('retryDelayMs', 10_000, 0, 2 ** 31 - 1),
    quotaBytes: read.optionalInteger('quotaBytes', 0),
    tornReadRetries: read.integer('tornReadRetries', 2, 0, 100),
    stop: options.stop,
    controller: options.controller ?? new RunController(),
    onEvent: options.onEvent,
    onIssue: options.onIssue,
    onVolumeStored: options.onVolumeStored,
    signal: options.signal
  }
}

function checkedPathList(list: PathList | undefined, key: string): PathList | undefined {
  if (list === undefined) return undefined
  if (Array.isArray(list)) {
    if (list.every((path) => typeof path === 'string' && path !== '')) return list
  } else if (typeof list === 'object' && list !== null) {
    if (Symbol.asyncIterator in list) return list
    if ('listFile' in list && typeof list.listFile === 'string' && list.listFile !== '') return list
  }
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `backup: "${key}" must be a list of paths, { listFile: path } or an async iterable of paths`,
    { context: { key } }
  )
}

function checkedChanges(changes: SourceChanges | undefined): SourceChanges | undefined {
  if (changes === undefined) return undefined
  assertKnownKeys(changes, ['paths', 'folders', 'hasGaps', 'since', 'baseline'], 'backup changes')
  const read = new OptionReader(changes, 'backup changes')
  const paths = checkedPathList(changes.paths, 'changes.paths')
  if (paths === undefined) throw new ConfigurationError('CONFIG_MISSING', 'backup: "changes" needs "paths"')
  return {
    paths,
    folders: read.texts('folders', []),
    hasGaps: read.flag('hasGaps', false),
    since: read.text('since'),
    baseline: read.text('baseline')
  }
}

const LEVELS = { zstd: [1, 22], deflate: [1, 9], tgz: [1, 9], tzstd: [1, 22], none: [0, 0] } as const

function checkedCompression(compression: CompressionOption | undefined): CompressionOption | undefined {
  if (compression === undefined) return undefined
  assertKnownKeys(compression, ['method', 'level'], 'backup compression')
  const read = new OptionReader(compression, 'backup compression')
  const method = read.choice('method', 'zstd', ['zstd', 'deflate', 'tgz', 'tzstd', 'none'])
  const [lowest, highest] = LEVELS[method]
  return { method, level: read.optionalInteger('level', lowest, highest) }
}

function conflict(problem: string): ConfigurationError {
  return new ConfigurationError('CONFIG_CONFLICT', `backup: ${problem}`)
}
