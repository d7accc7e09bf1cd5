import type { CatalogReader } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import { systemClock } from '@tercet/interface'
import { visitBlocks } from '../common/content-blocks.ts'
import type { ReadingContext } from '../common/context.ts'
import { eventSink } from '../common/events.ts'
import { IssueLog } from '../common/issue-log.ts'
import { selectVersion } from '../common/select-version.ts'
import { requireStoredSettings, type StoredSettings } from '../common/stored-settings.ts'
import { listDestination } from '../common/volume-fetcher.ts'
import { createEnginePool } from '../engine-pool.ts'
import { assignVolumes, type PlannedSource } from './block-sources.ts'
import { BlockTargets, METADATA } from './block-targets.ts'
import { collectEntries, type SelectedEntries } from './collect-entries.ts'
import {
  BARE,
  DROPPED,
  type EntryTable,
  FILE,
  FOLDER,
  HASHED,
  IN_PLACE,
  PRESENT,
  REPLACE,
  SYMLINK,
  WHOLE
} from './entry-table.ts'
import { type Placement, placeEntries } from './place-entries.ts'
import { type PlanRestoreOptions, type ResolvedPlanOptions, resolvePlanOptions } from './restore-options.ts'
import type { RestorePlan } from './restore-plan.ts'

/** The work of `planRestore`. */
export async function makeRestorePlan(
  context: ReadingContext,
  options: PlanRestoreOptions
): Promise<RestorePlan> {
  const resolved = resolvePlanOptions(options)
  const emit = eventSink(options.onEvent)
  const issues = new IssueLog(options, (issue) => emit({ type: 'issue', issue }))
  const { catalog } = context
  const version = selectVersion(catalog, options, (context.clock ?? systemClock).now())
  emit({ type: 'phase-start', phase: 'plan' })
  const settings = requireStoredSettings(catalog)
  const selected = collectEntries(catalog, version, resolved)
  const entries = selected.table
  const archived = new Set<string>()
  const listing = await listDestination(context.backend, { signal: options.signal }, archived)
  const { restoreJobs } = await import('./restore-jobs.ts')
  await using pool = createEnginePool(context, restoreJobs)
  const placement = await placeEntries({
    catalog,
    selected,
    settings,
    version,
    options: resolved,
    issues,
    examine: (job) => pool.run('restore-examine', job, { signal: options.signal })
  })
  const targets = new BlockTargets(hashSizeBytes(settings.blockHash))
  addTargets(catalog, settings, selected, placement, resolved, targets)
  const sources: PlannedSource[] = []
  if (placement.localBlocks !== undefined && targets.offer(0, placement.localBlocks.supply) > 0) {
    sources.push(placement.localBlocks)
  }
  assignVolumes(catalog, listing, targets, sources)
  markWhole(entries, selected, targets, sources)
  const volumes = sources.filter((source) => source.kind === 'volume')
  const volumesToFetch = volumes.map((volume) => volume.name)
  emit({ type: 'phase-end', phase: 'plan' })
  return {
    version: {
      number: version.version,
      createdAt: new Date(version.time * 1000),
      isPartial: !version.isFull
    },
    files: selected.files,
    folders: selected.folders,
    links: selected.links,
    bytes: selected.bytes,
    presentFiles: countFlag(entries, PRESENT),
    bytesToWrite: bytesToWrite(entries),
    volumesToFetch,
    archivedVolumes: volumesToFetch.filter((name) => archived.has(name)),
    bytesToFetch: volumes.reduce((sum, volume) => sum + volume.sizeBytes, 0),
    issues: issues.kept,
    state: {
      version,
      settings,
      options: resolved,
      entries,
      targets,
      sources,
      root: placement.root,
      pathOf: (entry) => placement.pathOf(entry),
      folders: placement.folders,
      listing,
      isUsed: false
    }
  }
}

/** Notes for each entry which blocks it needs, and how many. */
function addTargets(
  catalog: CatalogReader,
  settings: StoredSettings,
  selected: SelectedEntries,
  placement: Placement,
  options: ResolvedPlanOptions,
  targets: BlockTargets
): void {
  const entries = selected.table
  for (let entry = 0; entry < entries.count; entry++) {
    if (entries.has(entry, DROPPED)) continue
    const kind = entries.kinds.at(entry)
    let needed = 0
    if (kind === FILE && !entries.has(entry, PRESENT)) {
      const equal = placement.equalBlocks(entry)
      const refs = selected.contentRefs.get(entry)
      const stream = { hash: entries.hash(entry), sizeBytes: entries.sizes.at(entry), refs }
      const isKnown = visitBlocks(catalog, settings, stream, (hashes, offset, length, index) => {
        if (equal?.[index] === 1) return
        targets.add(hashes, offset, length, entry, index)
        needed += 1
      })
      if (!isKnown) {
        placement.drop(entry, 'RESTORE_BLOCKLIST_MISSING', 'the list of its blocks is in no readable volume')
        continue
      }
      if (refs !== undefined || entries.has(entry, IN_PLACE)) entries.mark(entry, HASHED)
    }
    if (options.skipMetadata && kind !== SYMLINK) entries.mark(entry, BARE)
    else needed += addMetadata(catalog, settings, selected, entry, targets)
    entries.remaining.set(entry, needed)
  }
}

function addMetadata(
  catalog: CatalogReader,
  settings: StoredSettings,
  selected: SelectedEntries,
  entry: number,
  targets: BlockTargets
): number {
  const stream = {
    hash: selected.metaHashes.at(entry),
    sizeBytes: selected.metaSizes.at(entry),
    refs: selected.metaRefs.get(entry)
  }
  let needed = 0
  visitBlocks(catalog, settings, stream, (hashes, offset, length, index) => {
    targets.add(hashes, offset, length, entry, METADATA | index)
    needed += 1
  })
  return needed
}

/** Files whose one block and whose metadata come from the same volume are made in one go where nothing is replaced. */
function markWhole(
  entries: EntryTable,
  selected: SelectedEntries,
  targets: BlockTargets,
  sources: readonly PlannedSource[]
): void {
  for (let entry = 0; entry < entries.count; entry++) {
    if (entries.kinds.at(entry) !== FILE) continue
    if ((entries.flags.at(entry) & (HASHED | PRESENT | IN_PLACE | REPLACE | DROPPED)) !== 0) continue
    if (selected.metaRefs.has(entry)) continue
    const content = entries.sizes.at(entry) === 0 ? undefined : targets.sourceOf(entries.hash(entry), 0)
    const metadata = entries.has(entry, BARE) ? content : targets.sourceOf(selected.metaHashes.at(entry), 0)
    if (metadata === undefined || (content !== undefined && content !== metadata)) continue
    if (content === undefined && entries.sizes.at(entry) > 0) continue
    if (sources[metadata]?.kind === 'volume') entries.mark(entry, WHOLE)
  }
}

function countFlag(entries: EntryTable, flag: number): number {
  let count = 0
  for (const flags of entries.flags.view()) if ((flags & flag) !== 0) count += 1
  return count
}

function bytesToWrite(entries: EntryTable): number {
  let bytes = 0
  for (let entry = 0; entry < entries.count; entry++) {
    if (entries.kinds.at(entry) === FOLDER || entries.kinds.at(entry) === SYMLINK) continue
    if (!entries.has(entry, PRESENT | IN_PLACE | DROPPED)) bytes += entries.sizes.at(entry)
  }
  return bytes
}
