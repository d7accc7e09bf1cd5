import type { VolumeStoreEvent } from '@tercet/core'
import type { Issue } from '@tercet/interface'

/** Stages of an operation, in the order in which they are reached. */
export type Phase =
  | 'check-destination'
  | 'recover'
  | 'scan'
  | 'store'
  | 'write-list'
  | 'verify-listing'
  | 'plan'
  | 'fetch'
  | 'restore'
  | 'verify'
  | 'recreate'
  | 'delete'
  | 'compact'
  | 'rewrite'
  | 'repair'

/** Something that happened. Plain JSON; numbers are totals of the operation so far, never increments. */
export type EngineEvent =
  | {
      /** A stage of the operation begins. */
      readonly type: 'phase-start'
      readonly phase: Phase
    }
  | {
      /** The stage is over; none follows where an error ends the operation. */
      readonly type: 'phase-end'
      readonly phase: Phase
    }
  | {
      /** So much of the source was looked at, changed or not. */
      readonly type: 'scan-progress'
      readonly entries: number
      readonly files: number
      readonly bytes: number
    }
  | {
      /** All of the source was looked at; the numbers are final. */
      readonly type: 'scan-end'
      readonly entries: number
      readonly files: number
      readonly bytes: number
    }
  | {
      /** New and changed files that were read so far, and the size of the volumes that were made. */
      readonly type: 'batch-end'
      readonly processedFiles: number
      readonly processedBytes: number
      readonly storedBytes: number
    }
  | VolumeStoreEvent
  | {
      /** A volume was fetched, `fetched` of `total` that are needed. */
      readonly type: 'fetch-end'
      readonly name: string
      readonly fetched: number
      readonly total: number
    }
  | {
      /** So much of a restore is written. */
      readonly type: 'restore-progress'
      readonly files: number
      readonly bytes: number
      readonly totalFiles: number
      readonly totalBytes: number
    }
  | {
      /** A volume was checked, whether it is sound or not: `verified` of `total` that were chosen. */
      readonly type: 'verify-volume-end'
      readonly name: string
      readonly verified: number
      readonly total: number
    }
  | {
      /** So many volumes were taken into the catalog; `totalVolumes` grows when volumes of blocks are needed too. */
      readonly type: 'recreate-progress'
      readonly volumes: number
      readonly totalVolumes: number
      readonly bytes: number
    }
  | {
      /** So many lists of versions are deleted, of all that are to go. */
      readonly type: 'delete-progress'
      readonly deleted: number
      readonly total: number
    }
  | {
      /** So many volumes are mended, of all that are not as they should be. */
      readonly type: 'repair-progress'
      readonly volumes: number
      readonly total: number
    }
  | {
      /** So many versions have new lists, of all that are to have one. */
      readonly type: 'rewrite-progress'
      readonly versions: number
      readonly total: number
    }
  | {
      /** So many volumes were fetched, of all that are made anew; bytes stored in new ones and deleted so far. */
      readonly type: 'compact-progress'
      readonly volumes: number
      readonly totalVolumes: number
      readonly fetchedBytes: number
      readonly storedBytes: number
      readonly deletedBytes: number
    }
  | {
      /** Something is not as it should be, and the operation goes on. */
      readonly type: 'issue'
      readonly issue: Issue
    }

/** Display only: not awaited, and an error thrown in it does not affect the operation. */
export type EventListener = (event: EngineEvent) => void

/** Delivers events so that a faulty listener cannot harm the operation. */
export function eventSink(listener: EventListener | undefined): EventListener {
  if (listener === undefined) return () => {}
  return (event) => {
    try {
      listener(event)
    } catch {
      // A display that fails must not cost a backup.
    }
  }
}
