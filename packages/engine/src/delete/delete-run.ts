import type { CatalogVolume, ResolvedVersion } from '@tercet/core'
import type { Issue } from '@tercet/interface'
import type { EngineContext } from '../common/context.ts'
import { type Maintenance, openMaintenance } from '../common/open-maintenance.ts'
import { RunFrame } from '../common/run-frame.ts'
import type { DatedVersion } from '../retention/retention-types.ts'
import type { DeleteOptions } from './delete-options.ts'
import { assertPlanFits, type DeletePlan } from './delete-plan.ts'
import { refusedLists, settleDeleting } from './settle-deleting.ts'
import { refusalOf } from './version-lock.ts'

/** The steps of a delete, in the order in which they are safe. */
export class DeleteRun {
  readonly #context: EngineContext
  readonly #frame: RunFrame

  constructor(context: EngineContext, options: DeleteOptions) {
    this.#context = context
    this.#frame = new RunFrame(context, options)
  }

  get issues() {
    return this.#frame.issues
  }

  /** Resolves with the versions that are gone. */
  async execute(
    plan: DeletePlan,
    going: readonly DatedVersion[],
    verifyListing: boolean
  ): Promise<readonly DatedVersion[]> {
    const { catalog } = this.#context
    using maintenance = openMaintenance(this.#context, { onEvent: this.#frame.emit })
    if (verifyListing) await this.#frame.phase('check-destination', () => this.#checkDestination(maintenance))
    assertPlanFits(plan, catalog)
    const versions = catalog.filesets.versions()
    const chosen = going.map(({ number }) => versions[number]!)
    return await this.#frame.phase('delete', async () => {
      const lists = this.#decide(chosen)
      const notDeleted = await this.#deleteLists(maintenance, lists)
      settleDeleting(catalog, refusedLists(notDeleted))
      this.#report(notDeleted, going, chosen)
      const left = new Set(catalog.filesets.versions().map(({ seq }) => seq))
      return going.filter((_version, index) => !left.has(chosen[index]!.seq))
    })
  }

  async #checkDestination(maintenance: Maintenance): Promise<void> {
    const { catalog } = this.#context
    // What an interrupted backup was about to store is left for the next one.
    const protect = new Set<number>()
    for (const { id } of catalog.volumes.all({ states: ['temporary', 'uploading'] })) protect.add(id)
    await this.#frame.look(maintenance, { mode: 'strict', protect })
  }

  /** From here on they are no versions. */
  #decide(chosen: readonly ResolvedVersion[]): readonly CatalogVolume[] {
    const { catalog } = this.#context
    const lists = chosen.flatMap(({ volumeId }) =>
      volumeId === undefined ? [] : (catalog.volumes.byId(volumeId) ?? [])
    )
    const ids = lists.map(({ id }) => id)
    catalog.transaction(() => {
      catalog.filesets.markDeleting(chosen.map(({ seq }) => seq))
      catalog.volumes.setState(ids, 'deleting')
    })
    return lists
  }

  async #deleteLists({ store }: Maintenance, lists: readonly CatalogVolume[]): Promise<readonly Issue[]> {
    const batchSize = Math.max(1, this.#context.backend.capabilities.deleteBatchSize)
    const notDeleted: Issue[] = []
    for (let at = 0; at < lists.length; at += batchSize) {
      const report = await store.delete(lists.slice(at, at + batchSize), { signal: this.#frame.signal })
      notDeleted.push(...report.notDeleted)
      const deleted = Math.min(at + batchSize, lists.length) - notDeleted.length
      this.#frame.emit({ type: 'delete-progress', deleted, total: lists.length })
    }
    return notDeleted
  }

  #report(
    notDeleted: readonly Issue[],
    going: readonly DatedVersion[],
    chosen: readonly ResolvedVersion[]
  ): void {
    const refused = refusedLists(notDeleted)
    const versionOf = new Map<string, DatedVersion>()
    for (const [index, { volumeId }] of chosen.entries()) {
      const list = volumeId === undefined ? undefined : this.#context.catalog.volumes.byId(volumeId)
      if (list !== undefined) versionOf.set(list.name, going[index]!)
    }
    for (const issue of notDeleted) {
      const version = versionOf.get(issue.volume ?? '')
      const stays = version !== undefined && refused.has(issue.volume!)
      this.issues.add(stays ? refusalOf(version, issue) : issue)
    }
  }
}
