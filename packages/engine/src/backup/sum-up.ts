import type { Catalog } from '@tercet/core'
import { isoTime } from '../common/iso-time.ts'
import type { IssueLog } from '../common/issue-log.ts'
import type { BackupResult } from './backup-result.ts'
import type { RunScope } from './choose-scope.ts'
import type { Recovery } from './recover-interrupted.ts'
import type { StorePipeline } from './store-pipeline.ts'
import type { VersionWriter } from './version-writer.ts'

/** A run that has come to its end. */
export interface EndedRun {
  readonly catalog: Catalog
  readonly issues: IssueLog
  readonly pipeline: StorePipeline
  readonly writer: VersionWriter
  readonly recovery: Recovery
  readonly scope: RunScope['kind']
  /** The version that was published. */
  readonly published: number | undefined
  /** It was asked to stop, and did so before the end of the walk. */
  readonly wasStopped: boolean
  readonly isNewDestination: boolean
  readonly isDryRun: boolean
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number
}

/** What a run did, for whoever asked for it. */
export function sumUp(run: EndedRun): BackupResult {
  const { catalog, issues, writer } = run
  const { totals, storedBytes } = run.pipeline
  const version = run.published === undefined ? undefined : catalog.filesets.bySeq(run.published)
  return {
    ...writer.counts,
    ...issues.summary,
    outcome: run.wasStopped && issues.outcome !== 'error' ? 'stopped' : issues.outcome,
    version: version && {
      time: isoTime(version.time),
      isPartial: !version.isFull,
      carriedOver: version.carried
    },
    hasChanges: writer.hasChanges,
    isNewDestination: run.isNewDestination,
    isDryRun: run.isDryRun,
    scope: run.scope,
    recovery: run.recovery.kind,
    examinedEntries: totals.entries,
    examinedFiles: totals.files,
    examinedBytes: totals.bytes,
    storedBytes,
    startedAt: new Date(run.startedAt).toISOString(),
    endedAt: new Date(run.endedAt).toISOString()
  }
}
