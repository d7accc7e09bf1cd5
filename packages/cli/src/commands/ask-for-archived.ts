import type { Backup, RestorePlan } from '@tercet/sdk'
import { formatCounted } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { nameLines } from '../render/archived.ts'
import { issueLines } from '../reporter.ts'

/**
 * Asks the store for what a restore needs from cold storage, or, where there is no plan yet, for what a plan needs.
 * Undefined: nothing of it is there.
 */
export async function askForArchived(
  { calls, reporter }: CommandContext,
  backup: Backup,
  plan: RestorePlan | undefined
): Promise<ExitCode | undefined> {
  const { askedFor, issues } = await backup.askForArchived(plan, { signal: calls.signal })
  if (askedFor.length + issues.length === 0) return undefined
  const lines = [
    `Asked for ${formatCounted(askedFor.length, 'volume')} in cold storage${askedFor.length === 0 ? '' : ':'}`,
    ...nameLines(askedFor),
    `Issues    ${issues.length === 0 ? 'none' : issues.length}`,
    ...issueLines(issues, issues.length),
    'Nothing was restored. Run the same command again when they can be read, which may take hours.'
  ]
  return await reporter.finish(issues.length === 0 ? 'warning' : 'error', { askedFor, issues }, lines)
}
