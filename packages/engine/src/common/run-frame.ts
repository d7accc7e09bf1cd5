import type { ListingReport, VerifyListingOptions } from '@tercet/core'
import type { CallOptions } from '@tercet/interface'
import { refusedLists, settleDeleting } from '../delete/settle-deleting.ts'
import { assertDestinationWhole } from './assert-destination-whole.ts'
import type { EngineContext } from './context.ts'
import { type EventListener, eventSink, type Phase } from './events.ts'
import { IssueLog, type IssueOptions } from './issue-log.ts'
import type { Maintenance } from './open-maintenance.ts'

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
}

function withoutLosses(report: ListingReport): ListingReport {
  return { ...report, defects: report.defects.filter(({ code }) => !LOSSES.has(code)) }
}
