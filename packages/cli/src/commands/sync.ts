import { formatCounted, printable } from '@tercet/sdk/format'
import { formatSyncPlan, type Mirror, openMirror, type SyncPlan } from '@tercet/sdk/sync'
import { backendsOf } from '../backends.ts'
import { CliError } from '../cli-error.ts'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { planExitCode, syncExitCode, syncLines } from '../render/sync-result.ts'
import { syncRequest } from '../sync-request.ts'

/** Plans, asks where something would go or be replaced, and makes every replica what the primary is. */
export async function runSync(context: CommandContext): Promise<ExitCode> {
  const { own, reporter, calls, settings, interruption } = context
  interruption.cannotStop()
  const { primary, syncConfiguration, where, configuration } = syncRequest(context)
  const urls = configuration.destinations.map(({ url }) => url.trim())
  if (own.flag('parse-arguments-only'))
    return await reporter.finish('success', { isParsedOnly: true }, ['Nothing was done; all is in order.'])
  await using mirror = await openMirror({
    ...settings,
    primary,
    syncConfiguration,
    where,
    backends: await backendsOf([primary, ...urls]),
    signal: calls.signal
  })
  const plan = await mirror.plan(calls)
  if (mirror.isDryRun || own.flag('dry-run'))
    return await reporter.finish(
      outcomeOfPlan(plan),
      { isDryRun: true, plan },
      formatSyncPlan(plan).map(printable),
      planExitCode(plan)
    )
  if (!(await isWanted(context, plan)))
    return await reporter.finish('stopped', { isDeclined: true, plan }, ['Declined; nothing was done.'])
  return await carryOut(context, mirror, plan)
}

async function carryOut(context: CommandContext, mirror: Mirror, plan: SyncPlan): Promise<ExitCode> {
  const { io, reporter, calls } = context
  const started = io.monotonic()
  const result = await mirror.run(plan, calls)
  const lines = syncLines(plan, result, io.monotonic() - started)
  return await reporter.finish(result.outcome, result, lines, syncExitCode(result))
}

/**
 * Whether to go on, as a person says it.
 *
 * @throws CliError `SYNC_NOT_CONFIRMED` where files would be deleted and nobody can be asked
 */
async function isWanted({ own, reporter }: CommandContext, plan: SyncPlan): Promise<boolean> {
  if (own.flag('confirm')) return true
  const { deleted, replaced, places } = whatGoes(plan)
  if (deleted + replaced === 0) return true
  const what = [
    ...(deleted === 0 ? [] : [`delete ${formatCounted(deleted, 'file')}`]),
    ...(replaced === 0 ? [] : [`replace ${formatCounted(replaced, 'file')}`])
  ].join(' and ')
  const where = formatCounted(places, 'replica')
  if (!reporter.json) await reporter.item('plan', plan, formatSyncPlan(plan).map(printable).join('\n'))
  const answer = await reporter.ask(`This will ${what} at ${where}. Go on? [y/N] `)
  if (answer !== undefined) return /^y(es)?$/i.test(answer.trim())
  if (deleted === 0) return true
  throw new CliError(
    'SYNC_NOT_CONFIRMED',
    `This would ${what} at ${where}, and there is no terminal to ask on; nothing was done`,
    { context: { deleted, replaced } }
  )
}

/** What is renamed stays, and what an interrupted run left behind is nobody's. */
function whatGoes(plan: SyncPlan): { deleted: number; replaced: number; places: number } {
  let [deleted, replaced, places] = [0, 0, 0]
  for (const { deletes, puts } of Object.values(plan.replicas)) {
    const gone = deletes.filter(({ renameTo, reason }) => renameTo === undefined && reason !== 'leftover')
    const over = puts.filter(({ replacedBytes }) => replacedBytes !== undefined)
    deleted += gone.length
    replaced += over.length
    places += gone.length + over.length === 0 ? 0 : 1
  }
  return { deleted, replaced, places }
}

function outcomeOfPlan({ replicas }: SyncPlan): 'success' | 'warning' | 'error' {
  const plans = Object.values(replicas)
  if (plans.some(({ refusal }) => refusal !== undefined)) return 'error'
  return plans.every(({ issues }) => issues.length === 0) ? 'success' : 'warning'
}
