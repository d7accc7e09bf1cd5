import type { ReplicaOutcome, ReplicationResult } from '@tercet/sdk'
import { formatBytes, formatCounted, printable } from '@tercet/sdk/format'

const REASONS: Readonly<Partial<Record<ReplicaOutcome['reason'], string>>> = {
  'backup-failed': 'the backup failed',
  'backup-with-warnings': 'the backup ended with warnings',
  'backup-partial': 'the backup was stopped early',
  'dry-run': 'this is a dry run',
  'blank-url': 'it has no URL',
  'interval-not-elapsed': 'it is not due yet',
  'count-not-reached': 'it is not due yet'
}

/** A line for each replica: where it stands, and what went wrong. */
export function replicationLines(replication: ReplicationResult | undefined): string[] {
  if (replication === undefined) return []
  return [...replication.replicas.map((replica) => `Replica   ${lineOf(replica)}`), ...warnings(replication)]
}

/** Only of the replicas that went wrong. */
export function replicationTroubleLines(replication: ReplicationResult | undefined): string[] {
  if (replication === undefined) return []
  const wrong = replication.replicas.filter(({ status }) => status !== 'succeeded' && status !== 'skipped')
  return [...wrong.map((replica) => `  replica ${lineOf(replica)}`), ...warnings(replication)]
}

function warnings({ issues }: ReplicationResult): string[] {
  return issues.map(({ code, message }) => printable(`  warning ${code}: ${message}`))
}

function lineOf(replica: ReplicaOutcome): string {
  return printable(`${replica.destination || '(blank)'}: ${textOf(replica)}`)
}

function textOf(replica: ReplicaOutcome): string {
  const { status, reason, isDryRun, copied, deleted, renamed, code, message } = replica
  if (status === 'skipped') return `skipped, as ${REASONS[reason] ?? reason}${behindText(replica)}`
  const gone = deleted.files + renamed.files
  const done = `${formatCounted(copied.files, 'file')} ${isDryRun ? 'would be ' : ''}copied, ${formatBytes(copied.bytes)}${gone === 0 ? '' : `, ${gone} removed`}`
  if (status === 'succeeded') return `${isDryRun ? 'a trial' : 'current'}; ${done}`
  return `${status === 'failed' ? 'FAILED' : 'INCOMPLETE'}: ${message ?? ''} [${code ?? ''}]; ${done}${behindText(replica)}`
}

function behindText({ behindBackups }: ReplicaOutcome): string {
  if (behindBackups === undefined) return '; it was never complete'
  return behindBackups === 0 ? '' : `; ${formatCounted(behindBackups, 'backup')} behind`
}
