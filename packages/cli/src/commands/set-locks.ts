import { formatCounted } from '@tercet/sdk/format'
import { ConfigurationError } from '@tercet/sdk/settings'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { issueLines } from '../reporter.ts'

/** Locks what the newest version needs, or a chosen one, or all of them. */
export async function runSetLocks(context: CommandContext): Promise<ExitCode> {
  const { calls, interruption, own, reporter, settings } = context
  const allVersions = own.flag('all-versions')
  if (allVersions && Object.keys(settings).length > 0)
    throw new ConfigurationError('CONFIG_CONFLICT', 'Give either --all-versions or one version, not both')
  interruption.cannotStop()
  await using backup = await context.open()
  const result = await backup.setLocks({ ...settings, allVersions, ...calls })
  const { volumes, extended, issues, issueCount } = result
  return await reporter.finish(result.outcome, result, [
    `Locked    ${formatCounted(volumes, 'volume')}, ${extended} of them for longer than before`,
    ...issueLines(issues, issueCount)
  ])
}
