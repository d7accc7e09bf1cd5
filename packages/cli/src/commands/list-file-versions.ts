import { formatCounted, printable } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { foundLine } from './list.ts'
import { needArguments } from './needs.ts'

export async function runListFileVersions(context: CommandContext): Promise<ExitCode> {
  needArguments(context, 1, 'at least one path')
  const { calls, reporter } = context
  context.interruption.cannotStop()
  await using backup = await context.open()
  const found = await backup.fileVersions({ paths: context.arguments, ...calls })
  for (const entry of found) {
    const line = entry.versions.length === 0 ? `${printable(entry.path)}  (in no version)` : foundLine(entry)
    await reporter.item('entry', entry, line)
  }
  const known = found.filter(({ versions }) => versions.length > 0).length
  const isComplete = known === found.length
  const hint =
    'Paths are whole, and end with a separator for folders; "tercet search-entries" finds parts of them.'
  return await reporter.finish(
    isComplete ? 'success' : 'warning',
    { entries: known, missing: found.length - known },
    [`${known} of ${formatCounted(found.length, 'path')} found`, ...(isComplete ? [] : [hint])]
  )
}
