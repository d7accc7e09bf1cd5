import type { Issue, IssueDecision, Outcome } from '@tercet/interface'
import { EngineError } from './engine-error.ts'

/** Issues kept in a result; further ones are counted only, so that a tree of unreadable files cannot fill memory. */
const MAX_KEPT_ISSUES = 10_000

/** What the caller of an operation may want to decide and see about its issues. */
export interface IssueOptions {
  /** Asked about each issue; `abort` ends the operation with `ENGINE_ISSUE_ABORT`. @defaultValue skip */
  readonly onIssue?: ((issue: Issue) => IssueDecision | undefined) | undefined
}

export interface IssueSummary {
  readonly outcome: Outcome
  /** The first of them. */
  readonly issues: readonly Issue[]
  /** All of them. */
  readonly issueCount: number
}

/** Collects the issues of one operation and decides its outcome. */
export class IssueLog {
  readonly kept: Issue[] = []
  warnings = 0
  errors = 0
  readonly #decide: ((issue: Issue) => IssueDecision | undefined) | undefined
  readonly #announce: (issue: Issue) => void

  constructor(options: IssueOptions, announce: (issue: Issue) => void) {
    this.#decide = options.onIssue
    this.#announce = announce
  }

  /** @throws EngineError `ENGINE_ISSUE_ABORT` when the caller says so */
  add(issue: Issue): void {
    if (issue.severity === 'error') this.errors += 1
    else this.warnings += 1
    if (this.kept.length < MAX_KEPT_ISSUES) this.kept.push(issue)
    this.#announce(issue)
    if (this.#decide?.(issue) !== 'abort') return
    throw new EngineError('ENGINE_ISSUE_ABORT', `Ended because of an issue: ${issue.message}`, {
      context: { issue: issue.code, ...(issue.path === undefined ? {} : { path: issue.path }) }
    })
  }

  /** What every result tells of issues. */
  get summary(): IssueSummary {
    return { outcome: this.outcome, issues: this.kept, issueCount: this.errors + this.warnings }
  }

  get outcome(): Outcome {
    if (this.errors > 0) return 'error'
    return this.warnings > 0 ? 'warning' : 'success'
  }
}
