import { TercetError } from '@tercet/interface'

/**
 * What ends the watching of folders.
 *
 * - `WATCH_NO_ROOT` none of the folders to watch is there
 * - `WATCH_STORE_LOCKED` another process writes this journal
 * - `WATCH_STORE_UNUSABLE` the journal's file cannot be made, read or written
 * - `WATCH_STORE_NEWER` the journal's file was written by a newer version of the program
 * - `WATCH_METHOD_UNAVAILABLE` this process cannot watch in the way that was asked for
 * - `WATCH_CLOSED` the journal was closed
 * - `WATCH_FAILED` the watching thread ended; what happens from then on is not seen
 */
export type WatchErrorCode =
  | 'WATCH_NO_ROOT'
  | 'WATCH_STORE_LOCKED'
  | 'WATCH_STORE_UNUSABLE'
  | 'WATCH_STORE_NEWER'
  | 'WATCH_METHOD_UNAVAILABLE'
  | 'WATCH_CLOSED'
  | 'WATCH_FAILED'

export class WatchError extends TercetError<WatchErrorCode> {}
