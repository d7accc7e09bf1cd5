import type { FileStat } from '@tercet/native'
import { separatorOf } from '../platform.ts'
import { hasErrno, SourceError, type SourceIssue, sourceIssue } from '../source-error.ts'
import { DECISIONS, type Decision, EntryDecider } from './entry-decision.ts'
import type { ExclusionXattrs } from './exclusion-xattrs.ts'
import { FirstNames } from './first-names.ts'
import type { ScanEntry } from './folder-scan.ts'
import { OwnFiles } from './own-files.ts'
import { isSameFile } from './same-file.ts'
import type { ResolvedScanOptions } from './scan-options.ts'
import { type EntryType, entryTypeOf, type FolderStats, type StatReader } from './stat-reader.ts'

/** A folder on the way to the entry, so that a link back to it is noticed. */
export interface FolderChain {
  readonly stat: FileStat | undefined
  readonly above: FolderChain | undefined
}

/** Told of every entry that the scan decided on. */
export type DecisionSink = (path: string, type: EntryType | undefined, decision: Decision) => void

/** Looks at single entries and decides on them. */
export class EntryReader {
  /** What the last call of {@link EntryReader.read} decided; undefined when there was nothing to decide on. */
  decision: Decision | undefined
  readonly ownFiles: OwnFiles
  #folder: FolderStats | undefined
  readonly #options: ResolvedScanOptions
  readonly #stats: StatReader
  readonly #xattrs: ExclusionXattrs | undefined
  readonly #decider: EntryDecider
  readonly #separator: string
  readonly #onDecision: DecisionSink | undefined
  readonly #firstNames = new FirstNames()

  /** @param xattrs undefined: they are not looked at here */
  constructor(
    options: ResolvedScanOptions,
    stats: StatReader,
    xattrs: ExclusionXattrs | undefined,
    onDecision: DecisionSink | undefined
  ) {
    this.#options = options
    this.#stats = stats
    this.#xattrs = xattrs
    this.ownFiles = new OwnFiles(options, stats)
    this.#decider = new EntryDecider(options, this.ownFiles)
    this.#separator = separatorOf(options.platform)
    this.#onDecision = onDecision
  }

  /**
   * The entry `name` of `folder` (with separator), which is to be stored or entered as `decision` says. Undefined: it
   * is neither, is not there any more, or cannot be read and is reported.
   *
   * @throws SourceError `SOURCE_MISSING` for a source that cannot be read, if the options say to stop then
   */
  read(
    folder: string,
    name: string,
    isSource: boolean,
    chain: FolderChain | undefined,
    issues: SourceIssue[]
  ): ScanEntry | undefined {
    let path = folder + name
    let stat: FileStat
    this.decision = undefined
    try {
      stat = this.#folder === undefined ? this.#stats.lstat(path) : this.#folder.lstat(name)
    } catch (error) {
      if (isSource) issues.push(this.sourceFailure(path, error))
      else if (!hasErrno(error, 'ENOENT')) issues.push(sourceIssue(path, error, 'entry'))
      return undefined
    }
    let type = entryTypeOf(stat)
    let entryName = name
    const isLink = type === 'symlink'
    if (isLink) {
      const target = this.#target(path)
      const isFolder = target !== undefined && entryTypeOf(target) === 'folder'
      if (isFolder) entryName += this.#separator
      if (this.#isFollowed(isSource) && this.#canFollow(path, target, chain, issues)) {
        stat = target!
        type = entryTypeOf(stat)
      }
    } else if (type === 'folder' && !name.endsWith(this.#separator)) entryName += this.#separator
    path = folder + entryName

    const decision = this.#decide(path, entryName, type, stat, isLink, isSource)
    this.decision = decision
    this.#onDecision?.(path, type, decision)
    if (type === undefined || !(decision.stored || decision.entered)) return undefined
    const holdsOwnFiles = type === 'folder' && this.ownFiles.enter(path, stat)
    return { name: entryName, type, stat, linkOf: this.#linkOf(path, type, stat), holdsOwnFiles }
  }

  /** Runs `read` calls for many entries of one folder, with the folder open. */
  withFolder(folder: string, action: () => void): void {
    using stats = this.#stats.openFolder?.(folder)
    this.#folder = stats
    try {
      action()
    } finally {
      this.#folder = undefined
    }
  }

  /** What the options make of a source that cannot be read. */
  sourceFailure(path: string, error: unknown): SourceIssue {
    const issue = sourceIssue(path, error, 'entry')
    const { abortIfSourceMissing, allowMissingSource } = this.#options
    if (abortIfSourceMissing) {
      throw new SourceError('SOURCE_MISSING', `The source ${issue.message}`, {
        cause: error,
        context: { path }
      })
    }
    if (allowMissingSource) return { ...issue, silent: true }
    return { ...issue, severity: issue.code === 'SOURCE_MISSING' ? 'warning' : 'error' }
  }

  #decide(
    path: string,
    name: string,
    type: EntryType | undefined,
    stat: FileStat,
    isLink: boolean,
    isSource: boolean
  ): Decision {
    const decision = this.#decider.decide(path, name, type, stat, isLink, isSource)
    if (isSource || this.#xattrs === undefined || !(decision.stored || decision.entered)) return decision
    return this.#xattrs.isExcluded(path) ? DECISIONS.xattr : decision
  }

  /** A source that is a link means what the link leads to: somebody asked for it by that name. */
  #isFollowed(isSource: boolean): boolean {
    return isSource || this.#options.symlinkPolicy === 'follow'
  }

  #target(path: string): FileStat | undefined {
    try {
      return this.#stats.stat(path)
    } catch {
      return undefined
    }
  }

  #canFollow(
    path: string,
    target: FileStat | undefined,
    chain: FolderChain | undefined,
    issues: SourceIssue[]
  ): boolean {
    if (target === undefined) {
      issues.push(linkIssue('SOURCE_LINK_DANGLING', path, 'leads nowhere'))
      return false
    }
    for (let folder = chain; folder !== undefined; folder = folder.above) {
      if (folder.stat === undefined || !isSameFile(folder.stat, target)) continue
      issues.push(linkIssue('SOURCE_LINK_CYCLE', path, 'leads back to a folder that it is in'))
      return false
    }
    return true
  }

  #linkOf(path: string, type: EntryType, stat: FileStat): string | undefined {
    if (type !== 'file' || stat.nlink < 2 || this.#options.hardlinkPolicy !== 'first') return undefined
    return this.#firstNames.meet(path, stat)
  }
}

function linkIssue(code: SourceIssue['code'], path: string, reason: string): SourceIssue {
  return {
    code,
    severity: 'warning',
    message: `The link ${path} ${reason}, so it is stored as a link instead of being followed`,
    path,
    carryOver: 'none'
  }
}
