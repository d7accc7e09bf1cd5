/**
 * Why nothing is known about a folder and all that is in it.
 *
 * - `start` the journal is new
 * - `restart` nobody watched for a while
 * - `new-folder` it was made or moved here, so all that is in it is new; nothing was missed
 * - `overflow` more happened than the kernel keeps for us
 * - `watch-limit` the system allows no more watches
 * - `watch-failed` it cannot be watched, for instance because it may not be read
 * - `not-watched` this system has no watching that can be relied on
 * - `network` others can change it without this system hearing of it
 * - `mount-changed` a file system was mounted there, or is gone
 * - `root-missing` it is not there
 * - `root-replaced` the folder of this name is another one than before
 * - `suspended` the machine slept
 * - `clock-step` the clock was set, so times of files may repeat
 * - `journal-damaged` the journal's file did not end well
 */
export type DoubtReason =
  | 'start'
  | 'restart'
  | 'new-folder'
  | 'overflow'
  | 'watch-limit'
  | 'watch-failed'
  | 'not-watched'
  | 'network'
  | 'mount-changed'
  | 'root-missing'
  | 'root-replaced'
  | 'suspended'
  | 'clock-step'
  | 'journal-damaged'

/** A folder with everything in it that has to be looked at, because events do not tell what changed there. */
export interface Doubt {
  /** Absolute, without a trailing separator except for the root of a file system. */
  readonly path: string
  readonly reason: DoubtReason
  /** It stays in doubt, however often it is looked at, until it can be watched. */
  readonly isStanding: boolean
}

/** Whether something may have been missed, rather than being new as a whole. */
export function isGap({ reason }: Pick<Doubt, 'reason'>): boolean {
  return reason !== 'new-folder'
}
