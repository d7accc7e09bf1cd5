import { formatBytes, formatCounted, formatDuration, printable } from '@tercet/sdk/format'
import type { ReplicaResult, SyncPlan, SyncResult } from '@tercet/sdk/sync'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { HINTS } from '../hints.ts'
import { issueLines } from '../reporter.ts'
import { textTable } from './text-table.ts'

const STATES = { succeeded: 'current', partial: 'INCOMPLETE', failed: 'FAILED', skipped: 'skipped' } as const

/** What was read once, a line for each replica, and what went wrong at which. */
export function syncLines(plan: SyncPlan, result: SyncResult, elapsed: number): string[] {
  const { primary } = plan
  const replicas = Object.values(result.replicas)
  const rows = replicas.map((replica) => [
    printable(replica.displayName),
    STATES[replica.status],
    countOf(replica.copied),
    String(replica.deleted.files),
    String(replica.renamed.files),
    countOf(replica.verified),
    formatDuration(replica.endedAt.getTime() - replica.startedAt.getTime())
  ])
  return [
    `Primary   ${printable(primary.displayName)}: ${formatCounted(primary.files, 'file')}, ${formatBytes(primary.bytes)}`,
    `Fetched   ${fetched(result)}`,
    ...testedLines(replicas),
    '',
    ...textTable(['Replica', 'State', 'Copied', 'Deleted', 'Renamed', 'Verified', 'Took'], rows),
    ...replicas.flatMap(problemLines),
    '',
    `Took      ${formatDuration(elapsed)}`
  ]
}

function fetched({ reads, replicas }: SyncResult): string {
  const isCopied = Object.values(replicas).some(({ copied }) => copied.files > 0)
  if (reads.files === 0 && isCopied) return 'nothing: what was copied lay on this machine'
  return `${countOf(reads)}${reads.refetches === 0 ? '' : `, ${reads.refetches} again`}`
}

function testedLines(replicas: readonly ReplicaResult[]): string[] {
  let [files, bytes] = [0, 0]
  for (const { tested } of replicas) {
    files += tested.files
    bytes += tested.bytes
  }
  return files === 0 ? [] : [`Tested    ${countOf({ files, bytes })}, read from the replicas`]
}

function countOf({ files, bytes }: { readonly files: number; readonly bytes: number }): string {
  return files === 0 ? '0' : `${files}, ${formatBytes(bytes)}`
}

function problemLines({ displayName, code, message, causeCode, issues }: ReplicaResult): string[] {
  if (code === undefined && issues.length === 0) return []
  const hint = hintOf(causeCode) ?? hintOf(code)
  const others = issues.filter((issue) => issue.message !== message)
  return [
    '',
    `${printable(displayName)}${code === undefined ? '' : `: ${printable(message ?? '')} [${code}]`}`,
    ...(hint === undefined ? [] : [`  ${hint}`]),
    ...issueLines(others, others.length)
  ]
}

function hintOf(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(HINTS, code) ? HINTS[code]?.hint : undefined
}

/**
 * 100 where a replica was refused, given up or out of reach, 3 where one is incomplete, 2 where only something could not
 * be removed or there are other warnings.
 */
export function syncExitCode({ replicas, outcome }: SyncResult): ExitCode {
  const results = Object.values(replicas)
  if (results.some(({ status }) => status === 'failed')) return EXIT.failed
  if (results.some(({ status, code }) => status === 'partial' && code !== 'SYNC_DELETE_FAILED'))
    return EXIT.errors
  return outcome === 'success' ? EXIT.done : EXIT.warnings
}

/** A trial fails where the run would be refused. */
export function planExitCode({ replicas }: SyncPlan): ExitCode {
  const plans = Object.values(replicas)
  if (plans.some(({ refusal }) => refusal !== undefined)) return EXIT.failed
  if (plans.some(({ unmended }) => unmended.length > 0)) return EXIT.errors
  return plans.some(({ issues }) => issues.length > 0) ? EXIT.warnings : EXIT.done
}
