import type { Posix } from '@tercet/native'
import type { DoubtReason } from '../doubt.ts'
import type { ChangeNotes } from './change-notes.ts'
import type { LinkedFiles } from './linked-files.ts'
import type { SystemWatcherOptions } from './system-watcher.ts'
import type { WatchedRoots } from './watched-roots.ts'

/** What both ways to watch work with. */
export interface WatchParts {
  readonly posix: Posix
  readonly options: SystemWatcherOptions
  readonly links: LinkedFiles
  readonly notes: ChangeNotes
  readonly roots: WatchedRoots
}

/** The queue that the kernel keeps events in until they are read. */
export interface EventQueue {
  /** The kernel's setting that says how many it keeps. */
  readonly limit: string
  readonly mostEventBytes: number
  readonly joinsEvents: boolean
}

/** One of the kernel's ways to tell what happens to files: what differs between them. */
export interface KernelWatch extends Disposable {
  readonly queue: EventQueue
  readonly descriptor: number
  readonly watches: number
  /** Notes what events tell; false: some were dropped. */
  take(events: Uint8Array): boolean
  /** All events were taken, for now. */
  pause(): void
  /** Lets go of what was learned from events, and of those that are not read yet. */
  startOver(): void
  /** Begins to watch a root with all in it; false: it cannot be, or was gone at this moment. */
  enterRoot(root: string, isFile: boolean): boolean
  leaveRoot(root: string): void
  /** Watches what is now at a place below a root, whatever was there before, and leaves it in doubt. */
  enterAnew(folder: string, reason: DoubtReason): void
  /** Paths of all files that are watched. */
  files(): Iterable<string>
}
