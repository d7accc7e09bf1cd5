import type { HealPlan, HealResult } from '@tercet/sdk'
import { formatBytes, formatCounted, formatDuration, printable } from '@tercet/sdk/format'
import { formatHealPlan } from '@tercet/sdk/sync'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { nameLines } from '../render/archived.ts'
import { replicaArguments } from '../replica-arguments.ts'
import { issueLines } from '../reporter.ts'

/** Says which copies are wrong and what is right, asks before one is replaced, and puts it right. */
export async function runHeal(context: CommandContext): Promise<ExitCode> {
  const { io, own, reporter, calls, interruption } = context
  interruption.cannotStop()
  const { replicas, backends } = await replicaArguments(own)
  const started = io.monotonic()
  await using backup = await context.open({ backends })
  const plan = await backup.planHeal({ ...(replicas === undefined ? {} : { replicas }), ...calls })
  const lines = formatHealPlan(plan).map(printable)
  if (own.flag('dry-run')) return await reporter.finish(outcomeOfPlan(plan), { isDryRun: true, plan }, lines)
  if (!reporter.json) await reporter.item('plan', plan, lines.join('\n'))
  if (!(await isWanted(context, plan)))
    return await reporter.finish('stopped', { isDeclined: true, plan }, ['Declined; nothing was done.'])
  const result = await backup.heal(plan, calls)
  return await reporter.finish(outcomeOf(result.issues), result, [
    '',
    ...healLines(result),
    `Took      ${formatDuration(io.monotonic() - started)}`
  ])
}

async function isWanted({ own, reporter }: CommandContext, { files }: HealPlan): Promise<boolean> {
  const replaced = files.flatMap(({ to, copies }) => to.filter((place) => copies[place] === 'damaged')).length
  const archived = files.filter(
    ({ from, copies }) => from === undefined && Object.values(copies).includes('archived')
  ).length
  if (replaced + archived === 0 || own.flag('confirm')) return true
  const what = [
    ...(replaced === 0 ? [] : [`replace ${formatCounted(replaced, 'damaged copy', 'damaged copies')}`]),
    ...(archived === 0
      ? []
      : [`ask the store for ${formatCounted(archived, 'archived copy', 'archived copies')}`])
  ].join(' and ')
  const answer = await reporter.ask(`This will ${what}. Go on? [y/N] `)
  return answer === undefined || /^y(es)?$/i.test(answer.trim())
}

function healLines({ healed, healedBytes, askedFor, issues }: HealResult): string[] {
  const asked = formatCounted(askedFor.length, 'archived copy', 'archived copies')
  return [
    `Healed    ${formatCounted(healed.length, 'copy', 'copies')}, ${formatBytes(healedBytes)}`,
    ...(askedFor.length === 0 ? [] : [`Asked for ${asked}; run again when they can be read:`]),
    ...nameLines(askedFor.map(({ path, place }) => `${path} at ${place}`)),
    `Issues    ${issues.length === 0 ? 'none' : issues.length}`,
    ...issueLines(issues, issues.length)
  ]
}

/** What is found wrong is an error until it is healed. */
export function outcomeOfPlan({ files, issues }: HealPlan): 'success' | 'warning' | 'error' {
  return files.length > 0 ? 'error' : outcomeOf(issues)
}

function outcomeOf(issues: HealPlan['issues']): 'success' | 'warning' | 'error' {
  if (issues.some(({ severity }) => severity === 'error')) return 'error'
  return issues.length > 0 ? 'warning' : 'success'
}
