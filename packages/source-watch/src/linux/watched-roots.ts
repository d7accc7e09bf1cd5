import { realpathSync, statSync } from 'node:fs'
import type { StatCalls } from '@tercet/native'
import type { WatchIssue } from '../change-journal.ts'
import type { DoubtReason } from '../doubt.ts'
import { isReached } from '../gate.ts'
import { isBelow } from '../paths.ts'
import type { ChangeNotes } from './change-notes.ts'
import { isRemote } from './mounts.ts'
import type { SystemWatcherOptions } from './system-watcher.ts'

/** Begins to watch a root; false: it could not be, and is in doubt for that, or it was gone at that moment. */
export type RootWatch = (root: string, isFile: boolean) => boolean

/** The roots: which folders they were when they were watched, whether they are there, and what they are on. */
export class WatchedRoots {
  readonly #options: SystemWatcherOptions
  readonly #notes: ChangeNotes
  readonly #stat: StatCalls
  /** Device and number of what the roots were when they were watched. */
  readonly #identities = new Map<string, string>()
  readonly #missingTold = new Set<string>()
  readonly #unreadableTold = new Set<string>()
  readonly #networkTold = new Set<string>()

  constructor(options: SystemWatcherOptions, notes: ChangeNotes, stat: StatCalls) {
    this.#options = options
    this.#notes = notes
    this.#stat = stat
  }

  /** Roots that are not what they were, and why. */
  *changed(): Generator<readonly [root: string, reason: DoubtReason]> {
    for (const root of this.#options.roots) {
      const identity = identityOf(this.#stat, root)
      if (identity !== this.#identities.get(root))
        yield [root, identity === undefined ? 'root-missing' : 'root-replaced']
    }
  }

  /** What is told of this root is not about the folder of this name any more: the next look finds it changed. */
  lose(root: string): void {
    this.#identities.set(root, '')
  }

  /** Watches a root, whatever it was before, and leaves it in doubt. */
  watch(root: string, reason: DoubtReason, begin: RootWatch): void {
    const identity = identityOf(this.#stat, root)
    this.#identities.delete(root)
    if (identity === undefined) {
      this.#notes.doubt(root, 'root-missing', true)
      if (!this.#missingTold.has(root)) this.#tell('WATCH_ROOT_MISSING', root, `${root} is not there`)
      this.#missingTold.add(root)
      return
    }
    this.#missingTold.delete(root)
    const isFile = statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true
    const isWatched = begin(root, isFile)
    // Without a standing doubt it went at this moment, and may come back as it was: then it is watched at the next look.
    const obstacle = this.#notes.standingReason(root)
    if (!isWatched && obstacle === undefined) {
      this.#notes.doubt(root, 'root-missing', true)
      return
    }
    this.#identities.set(root, identity)
    if (obstacle === 'watch-failed') this.#tellUnreadable(root)
    if (!isWatched) return
    this.#findNetworks(root)
    this.#notes.doubt(root, reason)
  }

  #tellUnreadable(root: string): void {
    if (this.#unreadableTold.has(root)) return
    this.#unreadableTold.add(root)
    this.#tell(
      'WATCH_ROOT_UNREADABLE',
      root,
      `${root} cannot be watched, so it is scanned each time: may it be read?`
    )
  }

  #findNetworks(root: string): void {
    const { mounts } = this.#options
    const real = realOf(root)
    for (const mount of [mounts.of(real), ...mounts.below(real)]) {
      if (mount === undefined || !isRemote(mount)) continue
      const path = isBelow(mount.path, real) ? moved(mount.path, real, root) : root
      if (isReached(path, root, (folder) => this.#notes.isEntered(folder)))
        this.doubtNetwork(path, mount.type)
    }
  }

  /** A place is on a file system that others change unheard. */
  doubtNetwork(path: string, type: string): void {
    this.#notes.doubt(path, 'network', true)
    if (this.#networkTold.has(path)) return
    this.#networkTold.add(path)
    const message = `${path} is on a network file system (${type}): changes by others are not heard of, so it is scanned each time`
    this.#tell('WATCH_NETWORK_FILE_SYSTEM', path, message)
  }

  #tell(code: WatchIssue['code'], path: string, message: string): void {
    this.#options.onIssue({ code, severity: 'warning', path, message })
  }
}

/** Where a root leads to, if links are among the folders above it. */
export function realOf(root: string): string {
  try {
    return realpathSync(root)
  } catch {
    return root
  }
}

/** A path at or below `from`, as it is called from `to` on. */
export function moved(path: string, from: string, to: string): string {
  const rest = path.slice(from === '/' ? 0 : from.length)
  return to === '/' ? rest || '/' : rest === '/' ? to : to + rest
}

/** Tells a file or folder from a later one of the same name; undefined: it is not there. */
export function identityOf(stat: StatCalls, path: string): string | undefined {
  try {
    const { device, inodeHigh, inodeLow } = stat.stat(path)
    return `${device}:${inodeHigh}:${inodeLow}`
  } catch {
    return undefined
  }
}
