import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { formatBytes, formatCounted, formatDuration } from '../render/format.ts'
import { issueLines } from '../reporter.ts'

export async function runRepair(context: CommandContext): Promise<ExitCode> {
  const { calls, io, reporter } = context
  context.interruption.cannotStop()
  const started = io.monotonic()
  await using backup = await context.open({ damagedCatalog: 'set-aside' })
  const result = await backup.repair(calls)
  return await reporter.finish(result.outcome, { ...result, catalog: backup.catalogPath }, [
    `Catalog   ${backup.catalogPath ?? 'temporary'}`,
    `Taken in  ${formatCounted(result.versions, 'version')}`,
    `Fetched   ${formatCounted(result.fetchedVolumes, 'volume')}, ${formatBytes(result.fetchedBytes)}`,
    `Issues    ${result.issues.length === 0 ? 'none' : result.issues.length}`,
    ...issueLines(result.issues, result.issues.length),
    `Took      ${formatDuration(io.monotonic() - started)}`
  ])
}
