import type { BackupEvent, Issue } from '@tercet/sdk'

/**
 * What was found while a catalog was made from the destination. Commands that are about something else have no place
 * for it in their results.
 */
export class ReadingIssues {
  readonly #found: Issue[] = []
  #isReading = false

  see(event: BackupEvent): void {
    if (event.type === 'phase-start' || event.type === 'phase-end') {
      if (event.phase === 'recreate') this.#isReading = event.type === 'phase-start'
    } else if (event.type === 'issue' && this.#isReading) this.#found.push(event.issue)
  }

  /** What the result of a command does not tell by itself. */
  notIn(result: object): readonly Issue[] {
    const told = new Set<unknown>('issues' in result && Array.isArray(result.issues) ? result.issues : [])
    return this.#found.filter((issue) => !told.has(issue))
  }
}
