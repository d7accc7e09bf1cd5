import type { CallOptions, Issue, Outcome } from '@tercet/interface'
import { worst } from '../outcomes.ts'
import type { WriteProtection } from './write-protection.ts'

/** What the work needs to say so that it is known whether it writes. */
export interface ExclusiveOptions extends CallOptions {
  readonly dryRun?: boolean | undefined
}

/** What results have in common. */
export interface Reported {
  readonly outcome: Outcome
  readonly issues: readonly Issue[]
  readonly issueCount?: number | undefined
}

/** Does work under the lease, unless it writes nothing. What was asked for and cannot be had is an issue of its result. */
export async function exclusively<Result extends Reported>(
  protection: WriteProtection,
  { signal, dryRun = false }: ExclusiveOptions,
  work: () => Promise<Result>
): Promise<Result> {
  if (dryRun) return await work()
  await using _lease = await protection.hold({ signal })
  return withIssues(await work(), protection.missing)
}

function withIssues<Result extends Reported>(result: Result, more: readonly Issue[]): Result {
  if (more.length === 0) return result
  return {
    ...result,
    outcome: worst(result.outcome, 'warning'),
    issues: [...more, ...result.issues],
    ...(result.issueCount === undefined ? {} : { issueCount: result.issueCount + more.length })
  }
}
