import type { RunResult } from '@tercet/sdk'
import { formatBytes, formatCounted, formatDuration, formatTime } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { replicationLines } from '../render/replication.ts'
import { issueLines } from '../reporter.ts'
import { whenVersionIsStored } from '../when-version-is-stored.ts'
import { compactLines } from './compact.ts'
import { deleteLines } from './delete.ts'
import { needArguments } from './needs.ts'

export async function runBackup(context: CommandContext): Promise<ExitCode> {
  const { afterVersion, calls, interruption, io, reporter, settings } = context
  needArguments(context, 1, 'at least one source')
  const started = io.monotonic()
  await using backup = await context.open()
  const result = await backup.run({
    ...settings,
    sources: context.arguments,
    stop: interruption.stop,
    onWatchIssue: ({ message }) => void reporter.notice(message),
    ...whenVersionIsStored(afterVersion),
    ...calls
  })
  return await reporter.finish(result.outcome, result, backupLines(result, io.monotonic() - started))
}

function backupLines(result: RunResult, elapsed: number): string[] {
  const changes = [
    `${result.addedFiles} new`,
    `${result.modifiedFiles} changed`,
    `${result.deletedFiles} deleted`
  ].join(', ')
  return [
    `Examined  ${formatCounted(result.examinedFiles, 'file')}, ${formatBytes(result.examinedBytes)}; ${changes}`,
    `Stored    ${result.isDryRun ? 'nothing, as this is a dry run' : formatBytes(result.storedBytes)}`,
    `Version   ${versionText(result)}`,
    `Issues    ${result.issueCount === 0 ? 'none' : result.issueCount}`,
    ...issueLines(result.issues, result.issueCount),
    ...verificationLines(result),
    ...(result.deletion === undefined ? [] : deleteLines(result.deletion)),
    ...(result.compaction === undefined || result.compaction === result.deletion?.compaction
      ? []
      : compactLines(result.compaction)),
    ...lockLines(result),
    ...replicationLines(result.replication),
    `Took      ${formatDuration(elapsed)}`
  ]
}

/** Nothing where samples of the destination were found good. */
export function verificationLines({ verification }: RunResult): string[] {
  if (verification === undefined || verification.issues.length === 0) return []
  return [
    `Damage    found in the samples that were verified; "tercet test <url> all" tells which files it harms`,
    ...issueLines(verification.issues, verification.issues.length)
  ]
}

/** Nothing where no locks were asked for. */
function lockLines({ locks }: RunResult): string[] {
  if (locks === undefined) return []
  const { volumes, extended, issues, issueCount } = locks
  return [
    `Locked    ${formatCounted(volumes, 'volume')} of the newest version, ${extended} of them for longer than before`,
    ...issueLines(issues, issueCount)
  ]
}

function versionText({ version, hasChanges, isDryRun }: RunResult): string {
  if (version !== undefined) return `${formatTime(new Date(version.time))}, ${completeness(version)}`
  if (isDryRun) return hasChanges ? 'a new one would be stored' : 'none would be stored, as nothing changed'
  return 'no new one, as nothing changed'
}

function completeness({ isPartial, carriedOver }: NonNullable<RunResult['version']>): string {
  if (carriedOver === 0) return isPartial ? 'partial' : 'complete'
  const unread = formatCounted(carriedOver, 'entry', 'entries')
  return `${isPartial ? 'partial' : 'incomplete'}: ${unread} unread, as in the version before`
}
