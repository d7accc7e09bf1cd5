import type { CatalogReader } from '@tercet/core'
import type { Issue } from '@tercet/interface'
import {
  type BrokenEntry,
  findBrokenEntries,
  type LostVolume,
  lostVolumes,
  stateKey
} from '../browse/list-broken-files.ts'
import { assertCatalogComplete } from '../common/catalog-completeness.ts'
import type { ReadingContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { requireStoredSettings } from '../common/stored-settings.ts'
import { unreadableVersions } from '../common/unreadable-versions.ts'
import { listDestination } from '../common/volume-fetcher.ts'
import { dated } from '../purge/make-purge-plan.ts'
import { assertNoInterruptedBackup } from '../rewrite/assert-no-interrupted-backup.ts'
import type { EntryFate, FateOf, VersionLoss } from '../rewrite/entry-fate.ts'
import { findListLock } from '../rewrite/list-lock.ts'
import { LossTally } from '../rewrite/loss-tally.ts'
import { type PlanPurgeBrokenOptions, resolvePlanPurgeBrokenOptions } from './purge-broken-options.ts'
import type { MendedVersion, PurgeBrokenPlan } from './purge-broken-plan.ts'

/** Paths that a plan spells out. */
const EXAMPLES = 10
const NO_LOSS: VersionLoss = { removedEntries: 0, removedFiles: 0, removedBytes: 0, emptiedEntries: 0 }

/** What `planPurgeBroken` does. */
export async function makePurgeBrokenPlan(
  context: ReadingContext,
  options: PlanPurgeBrokenOptions = {}
): Promise<PurgeBrokenPlan> {
  const { replaceMetadata } = resolvePlanPurgeBrokenOptions(options)
  const { signal } = options
  signal?.throwIfAborted()
  const { backend, catalog } = context
  assertCatalogComplete(catalog)
  assertNoInterruptedBackup(catalog)
  const listing = await listDestination(backend, { signal })
  const survey = surveyBroken(catalog, lostVolumes(catalog, listing), replaceMetadata)
  for (const { version } of survey.mended) {
    const issue = await findListLock(context, version, { signal })
    // Volumes can be given up only when nothing needs them any more.
    if (issue !== undefined) throw new EngineError('PURGE_VERSION_IS_LOCKED', issue.message)
  }
  return { replaceMetadata, ...survey, issues: unreadableIssues(context) }
}

/** @throws EngineError `PURGE_ALL_BROKEN` */
export function surveyBroken(
  catalog: CatalogReader,
  lost: readonly LostVolume[],
  replaceMetadata: boolean
): Omit<PurgeBrokenPlan, 'replaceMetadata' | 'issues'> {
  const broken = findBrokenEntries(catalog, requireStoredSettings(catalog), lost)
  const versions = catalog.filesets.versions()
  const tally = new LossTally(versions)
  const examples: string[] = []
  for (const entry of broken.values()) {
    const fate = fateOfBroken(entry, replaceMetadata)
    if (tally.add(entry.row, fate) && fate === 'remove' && examples.length < EXAMPLES)
      examples.push(entry.row.path)
  }
  const losses = tally.losses()
  const lists = new Set(lost.map(({ name }) => catalog.volumes.byName(name)?.id))
  const mended = versions.flatMap((version): MendedVersion[] => {
    const isListLost = version.volumeId === undefined || lists.has(version.volumeId)
    const loss = losses.get(version.seq) ?? NO_LOSS
    const { removedEntries, emptiedEntries } = loss
    if (removedEntries + emptiedEntries === 0 && !isListLost) return []
    // Folders without metadata are no reason to keep a version of which all else is lost.
    const isNothingLeft = removedEntries > 0 && removedEntries + emptiedEntries === version.entries
    const remainingEntries = version.entries - removedEntries
    const action = isNothingLeft ? 'delete' : 'rewrite'
    return [{ version: dated(version), ...loss, remainingEntries, action, isListLost }]
  })
  const going = mended.filter(({ action }) => action === 'delete').length
  if (going > 0 && going === versions.length)
    throw new EngineError(
      'PURGE_ALL_BROKEN',
      'Nothing would be left of any version. Nothing was changed; bring the volumes back from a replica, or begin a new backup'
    )
  return { lostVolumes: lost, mended, examples }
}

/** What becomes of each entry. */
export function brokenFilter(broken: ReadonlyMap<string, BrokenEntry>, replaceMetadata: boolean): FateOf {
  return (row) => {
    const entry = broken.get(stateKey(row))
    return entry === undefined ? 'keep' : fateOfBroken(entry, replaceMetadata)
  }
}

/** The target of a link is part of its metadata. */
function fateOfBroken(
  { row, metadataOnly }: BrokenEntry,
  replaceMetadata: boolean
): Exclude<EntryFate, 'keep'> {
  return metadataOnly && replaceMetadata && row.type !== 'symlink' ? 'empty-metadata' : 'remove'
}

function unreadableIssues(context: ReadingContext): Issue[] {
  return unreadableVersions(context).map(({ createdAt, volume }) => ({
    code: 'PURGE_VERSION_UNREADABLE',
    severity: 'warning',
    message: `Nobody knows what the version of ${createdAt.toISOString()} needs, for its list ${volume} cannot be read; bring the list back from a replica, or delete it`,
    volume
  }))
}
