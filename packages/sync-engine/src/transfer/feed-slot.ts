/** One file on its way through a feed. */
import type { FileContent, FileToRead } from './primary-reader.ts'
import type { SpoolShare } from './spool-budget.ts'

export interface FedFile extends FileToRead {
  readonly consumers: ReadonlySet<string>
  /** It was fetched before and given up before it was used. */
  readonly isAgain?: boolean | undefined
}

/** A file in the hands of one replica. */
export interface TakenFile {
  readonly content: FileContent
  /** The replica is done with it, or has given it up. */
  release(): void
}

/** The consumer was moved to another feed, where the file is to be had. */
export const MOVED = Symbol('moved')

export interface Slot {
  readonly file: FedFile
  readonly wanting: Set<string>
  readonly taken: Set<string>
  readonly waiters: Map<string, (result: Result) => void>
  result?: Result
  sizeBytes: number
  /** Reserved in the spool, */
  bytes: number
  /** and in which part of it. */
  share: SpoolShare
  isStream: boolean
  /** Resolves when it was handed over, or nobody wants it any more. */
  readonly handedOver: PromiseWithResolvers<void>
}

export type Result = { readonly content: FileContent } | { readonly error: unknown } | typeof MOVED

export function newSlot(file: FedFile, wanting: Set<string>, share: SpoolShare): Slot {
  return {
    file,
    wanting,
    taken: new Set(),
    waiters: new Map(),
    sizeBytes: 0,
    bytes: 0,
    share,
    isStream: false,
    handedOver: Promise.withResolvers<void>()
  }
}
