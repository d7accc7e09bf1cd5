import { printable } from '@tercet/sdk/format'
import { formatHealPlan } from '@tercet/sdk/sync'
import type { CommandContext } from './command-context.ts'
import { outcomeOfPlan } from './commands/heal.ts'
import type { ExitCode } from './exit-code.ts'
import { replicaArguments } from './replica-arguments.ts'

/** Reads the copies of volumes at all places and tells which are wrong; all volumes, unless a number is given. */
export async function compareReplicas(
  context: CommandContext,
  samples: number | 'all' | undefined
): Promise<ExitCode> {
  const { own, reporter, calls } = context
  const { replicas, backends } = await replicaArguments(own)
  await using backup = await context.open({ backends })
  const plan = await backup.planHeal({
    ...(replicas === undefined ? {} : { replicas }),
    ...(typeof samples === 'number' ? { samples } : {}),
    ...calls
  })
  const advice = plan.files.length === 0 ? [] : ['', '"tercet heal" with the same replicas puts it right.']
  return await reporter.finish(outcomeOfPlan(plan), { plan }, [
    ...formatHealPlan(plan).map(printable),
    ...advice
  ])
}
