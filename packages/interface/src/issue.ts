/** Something that went wrong with one thing while the operation as a whole went on. Plain JSON. */
export interface Issue {
  /** Stable, as error codes are. */
  readonly code: string
  readonly severity: 'warning' | 'error'
  readonly message: string
  /** The source path or restored path concerned. */
  readonly path?: string | undefined
  /** The volume concerned. */
  readonly volume?: string | undefined
}

/** What becomes of an operation after an issue. */
export type IssueDecision = 'skip' | 'abort'

/**
 * How an operation ended; the command line maps it to 0, 2, 3 and 50 (an operation that fails rejects instead: 100).
 *
 * - `success` all done, also when there was nothing to do
 * - `warning` done, with issues that lost nothing
 * - `error` ended, and something is missing or damaged
 * - `stopped` ended early on request, in good order
 */
export type Outcome = 'success' | 'warning' | 'error' | 'stopped'

/** The outcome that a list of issues amounts to. */
export function outcomeOf(issues: Iterable<Issue>): Outcome {
  let outcome: Outcome = 'success'
  for (const issue of issues) {
    if (issue.severity === 'error') return 'error'
    outcome = 'warning'
  }
  return outcome
}
