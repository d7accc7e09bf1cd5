import type { CatalogVolume, ResolvedVersion } from '@tercet/core'
import { assertPassphraseOpens } from '../backup/open-keys.ts'
import { findBrokenEntries, type LostVolume, lostVolumes } from '../browse/list-broken-files.ts'
import { setContentKnown } from '../common/catalog-completeness.ts'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { type Maintenance, openMaintenance, requireKeys } from '../common/open-maintenance.ts'
import { RunFrame } from '../common/run-frame.ts'
import { listDestination } from '../common/volume-fetcher.ts'
import { doomIndexes, doomVolumes } from '../compact/doom-volumes.ts'
import { refusedLists, settleDeleting } from '../delete/settle-deleting.ts'
import { knowContent } from '../recreate/know-content.ts'
import { BlockMender } from '../repair/block-mender.ts'
import { assertNoInterruptedBackup } from '../rewrite/assert-no-interrupted-backup.ts'
import { type ListExtras, tryListExtras } from '../rewrite/list-extras.ts'
import { rewriteVersions } from '../rewrite/rewrite-versions.ts'
import { brokenFilter, surveyBroken } from './make-purge-broken-plan.ts'
import type { PurgeBrokenOptions } from './purge-broken-options.ts'
import type { MendedVersion, PurgeBrokenPlan } from './purge-broken-plan.ts'
import { storeEmptyMetadata } from './store-empty-metadata.ts'

/** Where blocks are taken from that are stored again. */
const FROM_CATALOG = { replica: undefined, localBlocks: false, volumeSizeBytes: undefined }

/** The steps of giving up what is broken, in the order in which they are safe. */
export class PurgeBrokenRun {
  readonly #context: EngineContext
  readonly #plan: PurgeBrokenPlan
  readonly #frame: RunFrame

  constructor(context: EngineContext, plan: PurgeBrokenPlan, options: PurgeBrokenOptions) {
    this.#context = context
    this.#plan = plan
    this.#frame = new RunFrame(context, options)
  }

  get issues() {
    return this.#frame.issues
  }

  async execute(): Promise<void> {
    const { backend, catalog } = this.#context
    const { emit, signal } = this.#frame
    using maintenance = openMaintenance(this.#context, { onEvent: emit })
    const keys = requireKeys(maintenance)
    const names = new Set(this.#plan.lostVolumes.map(({ name }) => name))
    if (keys !== undefined) await assertPassphraseOpens(this.#context, keys.keyring, { signal, lost: names })
    const look = () => this.#frame.look(maintenance, { despiteLosses: true })
    await this.#frame.phase('check-destination', look)
    assertNoInterruptedBackup(catalog)
    const lost = lostVolumes(catalog, await listDestination(backend, { signal }))
    this.#assertPlanFits(lost)
    await this.#frame.phase('rewrite', async () => {
      await this.#mendVersions(maintenance, lost)
      await this.#dropVolumes(maintenance, lost)
    })
  }

  /** @throws EngineError `PURGE_PLAN_OUTDATED` */
  #assertPlanFits(lost: readonly LostVolume[]): void {
    const { replaceMetadata, lostVolumes, mended, examples } = this.#plan
    const now = surveyBroken(this.#context.catalog, lost, replaceMetadata)
    if (JSON.stringify(now) === JSON.stringify({ lostVolumes, mended, examples })) return
    throw new EngineError(
      'PURGE_PLAN_OUTDATED',
      'The destination or the versions are not any more what they were when this plan was made. Nothing was changed; make the plan again'
    )
  }

  async #mendVersions(maintenance: Maintenance, lost: readonly LostVolume[]): Promise<void> {
    const { catalog } = this.#context
    const { mended, replaceMetadata } = this.#plan
    const versions = catalog.filesets.versions()
    const chosen = (wanted: MendedVersion['action']) =>
      mended.filter(({ action }) => action === wanted).map(({ version }) => versions[version.number]!)
    const rewritten = chosen('rewrite')
    let done = 0
    await rewriteVersions(this.#context, maintenance, rewritten, {
      fateOf: brokenFilter(findBrokenEntries(catalog, maintenance.settings, lost), replaceMetadata),
      extrasOf: (version) => this.#readExtras(maintenance, version),
      emptyMetadata: await this.#emptyMetadata(maintenance, lost),
      onIssue: (issue) => this.issues.add(issue),
      onVersion: () => {
        done += 1
        this.#frame.emit({ type: 'rewrite-progress', versions: done, total: rewritten.length })
      },
      signal: this.#frame.signal
    })
    await this.#deleteVersions(maintenance, chosen('delete'))
    catalog.filesets.collectGarbage()
  }

  async #emptyMetadata(maintenance: Maintenance, lost: readonly LostVolume[]) {
    if (this.#plan.mended.every(({ emptiedEntries }) => emptiedEntries === 0)) return undefined
    const { volumes } = this.#context.catalog
    const names = new Set(lost.map(({ name }) => name))
    const isSound = (id: number): boolean => !names.has(volumes.byId(id)?.name ?? '')
    return await storeEmptyMetadata(this.#context, maintenance, isSound, { signal: this.#frame.signal })
  }

  /** A list that is lost takes along what it had besides entries. */
  async #readExtras(maintenance: Maintenance, fileset: ResolvedVersion): Promise<ListExtras> {
    const { volumes } = this.#context.catalog
    const list = fileset.volumeId === undefined ? undefined : volumes.byId(fileset.volumeId)
    const { signal } = this.#frame
    const read = list && (await tryListExtras(maintenance, list, { signal }))
    if (read !== undefined && 'extras' in read) return read.extras
    this.issues.add({
      code: 'PURGE_EXTRAS_LOST',
      severity: 'warning',
      message: `The list of version ${fileset.version} is lost and was made anew; control files that it may have had are gone`,
      ...(list === undefined ? {} : { volume: list.name })
    })
    return { isFull: fileset.isFull, controlFiles: [] }
  }

  async #deleteVersions({ store }: Maintenance, going: readonly ResolvedVersion[]): Promise<void> {
    if (going.length === 0) return
    const { catalog } = this.#context
    const ids = going.flatMap(({ volumeId }) => volumeId ?? [])
    catalog.transaction(() => {
      catalog.filesets.markDeleting(going.map(({ seq }) => seq))
      catalog.volumes.setState(ids, 'deleting')
    })
    const lists = ids.flatMap((id) => catalog.volumes.byId(id) ?? [])
    const { notDeleted } = await store.delete(lists, { signal: this.#frame.signal })
    settleDeleting(catalog, refusedLists(notDeleted))
    for (const issue of notDeleted) this.issues.add(issue)
  }

  /** Nothing needs them any more. A volume of blocks whose index is lost gets a new one. */
  async #dropVolumes(maintenance: Maintenance, lost: readonly LostVolume[]): Promise<void> {
    const { catalog } = this.#context
    const left = lost.flatMap(({ name }) => catalog.volumes.byName(name) ?? [])
    const indexes = left.filter(({ type }) => type === 'dindex')
    const dblocks = left.filter(({ type }) => type === 'dblock')
    // A list of blocks that only they had is no loss as long as the catalog has it, and must not become one.
    const mender = new BlockMender(this.#context, maintenance, FROM_CATALOG, this.#frame.signal)
    await mender.mend(dblocks)
    const doomed = catalog.transaction((): readonly CatalogVolume[] => {
      // A version whose list could not be deleted comes back as it was.
      setContentKnown(catalog, false)
      return [...doomIndexes(catalog, indexes), ...doomVolumes(catalog, dblocks)]
    })
    await this.#frame.delete(maintenance, doomed)
    await this.#frame.completeIndexes(maintenance)
    knowContent(catalog, maintenance.settings)
  }
}
