import { formatCounted, printable } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { needArguments } from './needs.ts'

export async function runAffected(context: CommandContext): Promise<ExitCode> {
  needArguments(context, 1, 'at least one volume')
  const { calls, reporter } = context
  context.interruption.cannotStop()
  await using backup = await context.open()
  const { paths, versions } = await backup.affected({ volumes: context.arguments, ...calls })
  for (const path of paths) {
    const what = path.metadataOnly ? ', metadata only' : ''
    await reporter.item('path', path, `${printable(path.path)}  (${path.versions.join(', ')}${what})`)
  }
  return await reporter.finish('success', { versions, paths: paths.length }, [
    `${formatCounted(paths.length, 'path')} in ${formatCounted(versions.length, 'version')}`
  ])
}
