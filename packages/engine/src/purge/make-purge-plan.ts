import type { ResolvedVersion } from '@tercet/core'
import { type CallOptions, type Issue, systemClock } from '@tercet/interface'
import { assertCatalogComplete } from '../common/catalog-completeness.ts'
import type { ReadingContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { selectVersions } from '../common/select-versions.ts'
import { requireStoredSettings } from '../common/stored-settings.ts'
import { unreadableVersions } from '../common/unreadable-versions.ts'
import { assertNoInterruptedBackup } from '../rewrite/assert-no-interrupted-backup.ts'
import { findListLock } from '../rewrite/list-lock.ts'
import { LossTally } from '../rewrite/loss-tally.ts'
import { purgeFilter } from './purge-filter.ts'
import { type PlanPurgeOptions, type PurgeSelection, resolvePlanPurgeOptions } from './purge-options.ts'
import type { PurgedVersion, PurgePlan } from './purge-plan.ts'

/** Paths that a plan spells out. */
const EXAMPLES = 10

/** What `planPurge` does. */
export async function makePurgePlan(context: ReadingContext, options: PlanPurgeOptions): Promise<PurgePlan> {
  const given = resolvePlanPurgeOptions(options)
  options.signal?.throwIfAborted()
  purgeFilter(given)
  const { catalog, clock = systemClock } = context
  assertCatalogComplete(catalog)
  requireStoredSettings(catalog)
  assertNoInterruptedBackup(catalog)
  const chosen = selectVersions(catalog, given, clock.now())
  const selection: PurgeSelection = {
    ...given,
    versions: chosen.map(({ version }) => version),
    time: undefined
  }
  const { purged, examples } = surveyPurge(context, selection)
  if (purged.length === 0)
    throw new EngineError(
      'PURGE_NOTHING_MATCHES',
      'Nothing in the chosen versions matches; nothing was changed'
    )
  const { free, issues } = await respectLocks(context, purged, options)
  return {
    selection,
    purged: free,
    unchanged: chosen.length - purged.length,
    examples,
    issues: [...issues, ...unreadableIssues(context)]
  }
}

/**
 * What the rules take out of the chosen versions, newest first, with one pass over all states of all entries.
 *
 * @throws EngineError `PURGE_EMPTIES_VERSION`
 */
export function surveyPurge(
  { catalog }: ReadingContext,
  selection: PurgeSelection
): Pick<PurgePlan, 'purged' | 'examples'> {
  const fateOf = purgeFilter(selection)
  const versions = selectVersions(catalog, selection, 0)
  const tally = new LossTally(versions)
  const examples: string[] = []
  for (const row of catalog.entries.states()) {
    if (fateOf(row) !== 'remove' || !tally.add(row, 'remove')) continue
    if (examples.length < EXAMPLES && examples.at(-1) !== row.path) examples.push(row.path)
  }
  const losses = tally.losses()
  const purged = versions.flatMap((version): PurgedVersion[] => {
    const loss = losses.get(version.seq)
    if (loss === undefined) return []
    const remainingEntries = version.entries - loss.removedEntries
    if (remainingEntries === 0) throw empties(version)
    return [{ version: dated(version), ...loss, remainingEntries }]
  })
  return { purged, examples }
}

export function dated({ version, time, isFull }: ResolvedVersion) {
  return { number: version, createdAt: new Date(time * 1000), isPartial: !isFull }
}

async function respectLocks(
  context: ReadingContext,
  purged: readonly PurgedVersion[],
  call: CallOptions
): Promise<{ readonly free: readonly PurgedVersion[]; readonly issues: readonly Issue[] }> {
  const free: PurgedVersion[] = []
  const issues: Issue[] = []
  for (const one of purged) {
    const issue = await findListLock(context, one.version, call)
    if (issue === undefined) free.push(one)
    else issues.push(issue)
  }
  return { free, issues }
}

/** Nobody knows what is in them. */
function unreadableIssues(context: ReadingContext): Issue[] {
  return unreadableVersions(context).map(({ createdAt, volume }) => ({
    code: 'PURGE_VERSION_UNREADABLE',
    severity: 'warning',
    message: `The version of ${createdAt.toISOString()} stays as it is, for its list ${volume} cannot be read`,
    volume
  }))
}

function empties({ version, time }: ResolvedVersion): EngineError {
  return new EngineError(
    'PURGE_EMPTIES_VERSION',
    `Nothing would be left of version ${version}. Nothing was changed; delete the version instead`,
    { context: { version, time } }
  )
}
