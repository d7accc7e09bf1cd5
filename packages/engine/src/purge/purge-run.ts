import type { CatalogVolume, ResolvedVersion } from '@tercet/core'
import { assertPassphraseOpens } from '../backup/open-keys.ts'
import { assertDestinationWhole } from '../common/assert-destination-whole.ts'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { type EventListener, eventSink } from '../common/events.ts'
import { IssueLog } from '../common/issue-log.ts'
import { type Maintenance, openMaintenance, requireKeys } from '../common/open-maintenance.ts'
import { refusedLists, settleDeleting } from '../delete/settle-deleting.ts'
import type { DatedVersion } from '../retention/retention-types.ts'
import { assertNoInterruptedBackup } from '../rewrite/assert-no-interrupted-backup.ts'
import { isListDamage, type ListExtras, readListExtras } from '../rewrite/list-extras.ts'
import { chooseListTimes } from '../rewrite/list-times.ts'
import { VersionRewriter } from '../rewrite/version-rewriter.ts'
import { surveyPurge } from './make-purge-plan.ts'
import { purgeFilter } from './purge-filter.ts'
import type { PurgeOptions } from './purge-options.ts'
import type { PurgePlan } from './purge-plan.ts'

/** The steps of a purge, in the order in which they are safe. */
export class PurgeRun {
  readonly issues: IssueLog
  readonly #context: EngineContext
  readonly #plan: PurgePlan
  readonly #signal: AbortSignal | undefined
  readonly #emit: EventListener

  constructor(context: EngineContext, plan: PurgePlan, options: PurgeOptions) {
    this.#context = context
    this.#plan = plan
    this.#signal = options.signal
    this.#emit = eventSink(options.onEvent)
    this.issues = new IssueLog(options, (issue) => this.#emit({ type: 'issue', issue }))
  }

  /** Resolves with the versions that were rewritten. */
  async execute(): Promise<readonly DatedVersion[]> {
    const { backend, catalog } = this.#context
    using maintenance = openMaintenance(this.#context, { onEvent: this.#emit })
    const keys = requireKeys(maintenance)
    if (keys !== undefined)
      await assertPassphraseOpens(backend, catalog, keys.keyring, { signal: this.#signal })
    await this.#phase('check-destination', () => this.#checkDestination(maintenance))
    assertNoInterruptedBackup(catalog)
    this.#assertPlanFits()
    return await this.#phase('rewrite', () => this.#rewriteAll(maintenance))
  }

  /** Also ends what an earlier run has begun. */
  async #checkDestination({ store }: Maintenance): Promise<void> {
    const report = await store.verifyListing({ mode: 'clean', signal: this.#signal })
    assertDestinationWhole(report)
    settleDeleting(this.#context.catalog, refusedLists(report.notDeleted))
  }

  /** @throws EngineError `PURGE_PLAN_OUTDATED` */
  #assertPlanFits(): void {
    const { selection, purged } = this.#plan
    const versions = this.#context.catalog.filesets.versions().length
    const fits = (selection.versions ?? []).every((number) => number < versions)
    const now = new Map(
      fits ? surveyPurge(this.#context, selection).purged.map((one) => [one.version.number, one]) : []
    )
    const isSame = purged.every((one) => JSON.stringify(one) === JSON.stringify(now.get(one.version.number)))
    if (fits && isSame) return
    throw new EngineError(
      'PURGE_PLAN_OUTDATED',
      'The versions are not any more what they were when this plan was made. Nothing was changed; make the plan again'
    )
  }

  async #rewriteAll(maintenance: Maintenance): Promise<readonly DatedVersion[]> {
    const { catalog } = this.#context
    const { prefix } = maintenance.settings
    const versions = catalog.filesets.versions()
    const planned = this.#plan.purged.map(({ version }) => versions[version.number]!)
    const times = chooseListTimes(catalog, { prefix, key: maintenance.keys?.key }, planned)
    const rewriter = new VersionRewriter(this.#context, maintenance, { signal: this.#signal })
    const fateOf = purgeFilter(this.#plan.selection)
    const rewritten: DatedVersion[] = []
    for (const [i, fileset] of planned.entries()) {
      const extras = await this.#readExtras(maintenance, fileset)
      if (extras !== undefined) {
        const time = times.get(fileset.seq)!
        for (const issue of await rewriter.rewrite({ fileset, time, fateOf, extras })) this.issues.add(issue)
        rewritten.push(this.#plan.purged[i]!.version)
      }
      this.#emit({ type: 'rewrite-progress', versions: i + 1, total: planned.length })
    }
    catalog.filesets.collectGarbage()
    return rewritten
  }

  /** Undefined: its list is damaged, so that nobody knows what it has besides; the version stays as it is. */
  async #readExtras(maintenance: Maintenance, fileset: ResolvedVersion): Promise<ListExtras | undefined> {
    const list = this.#listOf(fileset)
    try {
      return await readListExtras(maintenance, list, { signal: this.#signal })
    } catch (error) {
      this.#signal?.throwIfAborted()
      if (!isListDamage(error)) throw error
      this.issues.add({
        code: 'PURGE_LIST_DAMAGED',
        severity: 'error',
        message: `Version ${fileset.version} stays as it is, for its list is damaged: ${error.message} (${error.code}). Repair makes the list anew`,
        volume: list.name
      })
      return undefined
    }
  }

  /** @throws EngineError `ENGINE_VOLUMES_MISSING` */
  #listOf({ version, volumeId }: ResolvedVersion): CatalogVolume {
    const list = volumeId === undefined ? undefined : this.#context.catalog.volumes.byId(volumeId)
    if (list !== undefined) return list
    throw new EngineError('ENGINE_VOLUMES_MISSING', `Version ${version} has no list. Repair makes it anew`, {
      context: { version }
    })
  }

  async #phase<T>(phase: 'check-destination' | 'rewrite', work: () => Promise<T>): Promise<T> {
    this.#emit({ type: 'phase-start', phase })
    const result = await work()
    this.#emit({ type: 'phase-end', phase })
    return result
  }
}
