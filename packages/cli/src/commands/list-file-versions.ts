import { formatCounted } from '@tercet/sdk/format'
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
  for (const entry of found) await reporter.item('entry', entry, foundLine(entry))
  const known = found.filter(({ versions }) => versions.length > 0).length
  return await reporter.finish('success', { entries: known }, [
    `${formatCounted(known, 'path')} of ${found.length} found`
  ])
}
