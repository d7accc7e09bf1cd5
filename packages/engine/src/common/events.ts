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

/** Something that happened. Plain JSON; numbers are totals of the operation so far, never increments. */
export type EngineEvent =
  | { readonly type: 'phase-start'; readonly phase: Phase }
  | { readonly type: 'phase-end'; readonly phase: Phase }
  | {
      readonly type: 'scan-progress'
      readonly entries: number
      readonly files: number
      readonly bytes: number
    }
  | { readonly type: 'scan-end'; readonly entries: number; readonly files: number; readonly bytes: number }
  | {
      readonly type: 'batch-end'
      readonly processedFiles: number
      readonly processedBytes: number
      readonly storedBytes: number
    }
  | VolumeStoreEvent
  | { readonly type: 'fetch-end'; readonly name: string; readonly fetched: number; readonly total: number }
  | {
      readonly type: 'restore-progress'
      readonly files: number
      readonly bytes: number
      readonly totalFiles: number
      readonly totalBytes: number
    }
  | {
      readonly type: 'verify-volume-end'
      readonly name: string
      readonly verified: number
      readonly total: number
    }
  | {
      readonly type: 'recreate-progress'
      readonly volumes: number
      readonly totalVolumes: number
      readonly bytes: number
    }
  | { readonly type: 'issue'; readonly issue: Issue }

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
