import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SyncDestination } from '@tercet/sync-policy'
import type { ReplicaOutcome } from './replication-result.ts'

/** The least that each level writes, as a number: messages of at least this weight. */
const LEVELS: Readonly<Record<string, number>> = { Error: 3, Warning: 2, ExplicitOnly: 4 }
const INFORMATION = 1

/** Appends what became of a replica to the log of its destination, where it has one. */
export function writeSyncLog({ options }: SyncDestination, outcome: ReplicaOutcome, now: Date): void {
  if (options.logFile === undefined) return
  const least = LEVELS[options.logLevel] ?? INFORMATION
  const lines = linesOf(outcome)
    .filter(([weight]) => weight >= least)
    .map(
      ([weight, text]) => `${now.toISOString()} ${['', 'Information', 'Warning', 'Error'][weight]} ${text}\n`
    )
  if (lines.length === 0) return
  mkdirSync(dirname(options.logFile), { recursive: true })
  appendFileSync(options.logFile, lines.join(''))
}

function linesOf(outcome: ReplicaOutcome): (readonly [weight: number, text: string])[] {
  const { destination, status, reason, copied, deleted, renamed, verified, code, message } = outcome
  const counts = `${copied.files} copied, ${deleted.files} deleted, ${renamed.files} renamed, ${verified.files} verified`
  const why = code === undefined ? reason : `${code} ${message ?? ''}`.trimEnd()
  const weight = status === 'failed' ? 3 : status === 'partial' ? 2 : INFORMATION
  return [
    ...outcome.issues.map(
      ({ severity, code: issue, message: text }) =>
        [severity === 'error' ? 3 : 2, `${destination}: ${issue} ${text}`] as const
    ),
    [
      weight,
      `${destination}: ${status} (${why}); ${counts}${outcome.isDryRun ? ', as a trial' : ''}`
    ] as const
  ]
}
