import type { Outcome } from '@tercet/interface'

/** A backup that has just ended without failing as a whole. */
export interface FinishedBackup {
  /** Another one for each run. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly outcome: Outcome
  /** It was stopped early. */
  readonly isPartial: boolean
  /** It changed nothing. */
  readonly isDryRun: boolean
}

/** Backups that failed, were stopped or only tried are not counted. */
export function isCounted({ outcome, isPartial, isDryRun }: FinishedBackup): boolean {
  return !isDryRun && !isPartial && (outcome === 'success' || outcome === 'warning')
}
