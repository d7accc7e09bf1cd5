import type { CatalogVolume, DeleteReport, ListingReport, VerifyListingOptions } from '@tercet/core'
import { type CallOptions, systemClock } from '@tercet/interface'
import { DEFAULT_COMPRESSION } from '@tercet/volume-format'
import { completeIndexes } from '../backup/complete-indexes.ts'
import { refusedLists, settleDeleting } from '../delete/settle-deleting.ts'
import { assertDestinationWhole } from './assert-destination-whole.ts'
import type { EngineContext } from './context.ts'
import { type EventListener, eventSink, type Phase } from './events.ts'
import { IssueLog, type IssueOptions } from './issue-log.ts'
import type { Maintenance } from './open-maintenance.ts'
import { readStoredCompression } from './stored-compression.ts'

export interface RunFrameOptions extends CallOptions, IssueOptions {
  readonly onEvent?: EventListener | undefined
}

export interface LookOptions extends Partial<Pick<VerifyListingOptions, 'mode' | 'protect'>> {
  /** That volumes are lost is why the operation is run. */
  readonly despiteLosses?: boolean
}

const LOSSES: ReadonlySet<string> = new Set(['DESTINATION_VOLUME_MISSING', 'DESTINATION_VOLUME_DAMAGED'])

/** What all operations have in common that look after a destination. */
export class RunFrame {
  readonly issues: IssueLog
  readonly emit: EventListener
  readonly signal: AbortSignal | undefined
  readonly #context: EngineContext

  constructor(context: EngineContext, options: RunFrameOptions) {
    this.#context = context
    this.signal = options.signal
    this.emit = eventSink(options.onEvent)
    this.issues = new IssueLog(options, (issue) => this.emit({ type: 'issue', issue }))
  }

  async phase<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    this.emit({ type: 'phase-start', phase })
    const result = await work()
    this.emit({ type: 'phase-end', phase })
    return result
  }

  /**
   * Compares the destination with the catalog, and ends what an earlier run has begun.
   *
   * @throws EngineError `ENGINE_CATALOG_OUTDATED`, `ENGINE_VOLUMES_MISSING`
   */
  async look({ store }: Maintenance, options: LookOptions = {}): Promise<void> {
    const { despiteLosses = false, mode = 'clean', protect } = options
    const report = await store.verifyListing({ mode, protect, signal: this.signal })
    assertDestinationWhole(despiteLosses ? withoutLosses(report) : report)
    settleDeleting(this.#context.catalog, refusedLists(report.notDeleted))
  }

  /** Deletes volumes that were doomed. One that cannot be deleted now is an issue, and is left for the next run. */
  async delete({ store }: Maintenance, doomed: readonly CatalogVolume[]): Promise<DeleteReport> {
    const report = await store.delete(doomed, { signal: this.signal })
    for (const issue of report.notDeleted) this.issues.add(issue)
    return report
  }

  /**
   * Makes an index for each volume of blocks that has none.
   *
   * @param notCounting ids of indexes that are lost, or of no use
   */
  async completeIndexes(
    { store, spool, settings, keys }: Maintenance,
    notCounting?: ReadonlySet<number>
  ): Promise<void> {
    const { catalog, clock = systemClock } = this.#context
    const compression = readStoredCompression(catalog) ?? DEFAULT_COMPRESSION
    const how = { settings, compression, key: keys?.key, clock, signal: this.signal, withLists: true }
    await completeIndexes(catalog, store, spool, { ...how, notCounting })
  }
}

function withoutLosses(report: ListingReport): ListingReport {
  return { ...report, defects: report.defects.filter(({ code }) => !LOSSES.has(code)) }
}
