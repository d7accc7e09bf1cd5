import type { Issue } from '@tercet/interface'

/** How an operation ended, in Duplicati's words. */
export type ParsedResult = 'Success' | 'Warning' | 'Error' | 'Fatal'

/** What is told of an operation that has ended. */
export interface Report {
  /** As Duplicati calls it: `Backup`, `Restore` … */
  readonly operation: string
  /** Name of the job. */
  readonly name: string
  readonly outcome: 'success' | 'warning' | 'error' | 'stopped' | 'failed'
  readonly beginTime: Date
  readonly endTime: Date
  /** The destination, without credentials and options. */
  readonly destination?: string | undefined
  /** The result as the operation gave it; undefined: it failed. */
  readonly result?: object | undefined
  readonly error?: { readonly code: string; readonly message: string } | undefined
  readonly issues: readonly Issue[]
  /** As lines for people. */
  readonly lines: readonly string[]
}

export function parsedResultOf({ outcome }: Pick<Report, 'outcome'>): ParsedResult {
  if (outcome === 'failed') return 'Fatal'
  if (outcome === 'error') return 'Error'
  return outcome === 'success' ? 'Success' : 'Warning'
}
