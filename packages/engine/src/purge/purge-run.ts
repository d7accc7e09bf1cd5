import type { CatalogVolume, ResolvedVersion } from '@tercet/core'
import { assertPassphraseOpens } from '../backup/open-keys.ts'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { type Maintenance, openMaintenance, requireKeys } from '../common/open-maintenance.ts'
import { RunFrame } from '../common/run-frame.ts'
import type { DatedVersion } from '../retention/retention-types.ts'
import { assertNoInterruptedBackup } from '../rewrite/assert-no-interrupted-backup.ts'
import { type ListExtras, tryListExtras } from '../rewrite/list-extras.ts'
import { rewriteVersions } from '../rewrite/rewrite-versions.ts'
import { surveyPurge } from './make-purge-plan.ts'
import { purgeFilter } from './purge-filter.ts'
import type { PurgeOptions } from './purge-options.ts'
import type { PurgePlan } from './purge-plan.ts'

/** The steps of a purge, in the order in which they are safe. */
export class PurgeRun {
  readonly #context: EngineContext
  readonly #plan: PurgePlan
  readonly #frame: RunFrame

  constructor(context: EngineContext, plan: PurgePlan, options: PurgeOptions) {
    this.#context = context
    this.#plan = plan
    this.#frame = new RunFrame(context, options)
  }

  get issues() {
    return this.#frame.issues
  }

  /** Resolves with the versions that were rewritten. */
  async execute(): Promise<readonly DatedVersion[]> {
    const { catalog } = this.#context
    const { emit, signal } = this.#frame
    using maintenance = openMaintenance(this.#context, { onEvent: emit })
    const keys = requireKeys(maintenance)
    if (keys !== undefined) await assertPassphraseOpens(this.#context, keys.keyring, { signal })
    await this.#frame.phase('check-destination', () => this.#frame.look(maintenance))
    assertNoInterruptedBackup(catalog)
    this.#assertPlanFits()
    return await this.#frame.phase('rewrite', () => this.#rewriteAll(maintenance))
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
    const { emit, signal } = this.#frame
    const versions = catalog.filesets.versions()
    const planned = new Map(
      this.#plan.purged.map(({ version }) => [versions[version.number]!.seq, version] as const)
    )
    const rewritten: DatedVersion[] = []
    let done = 0
    const chosen = versions.filter(({ seq }) => planned.has(seq))
    await rewriteVersions(this.#context, maintenance, chosen, {
      fateOf: purgeFilter(this.#plan.selection),
      extrasOf: (version) => this.#readExtras(maintenance, version),
      onIssue: (issue) => this.issues.add(issue),
      onVersion: ({ seq }, isRewritten) => {
        if (isRewritten) rewritten.push(planned.get(seq)!)
        done += 1
        emit({ type: 'rewrite-progress', versions: done, total: planned.size })
      },
      signal
    })
    catalog.filesets.collectGarbage()
    return rewritten
  }

  /** Undefined: its list is damaged, so that nobody knows what it has besides; the version stays as it is. */
  async #readExtras(maintenance: Maintenance, fileset: ResolvedVersion): Promise<ListExtras | undefined> {
    const list = this.#listOf(fileset)
    const read = await tryListExtras(maintenance, list, { signal: this.#frame.signal })
    if ('extras' in read) return read.extras
    const { message, code } = read.damage
    this.issues.add({
      code: 'PURGE_LIST_DAMAGED',
      severity: 'error',
      message: `Version ${fileset.version} stays as it is, for its list is damaged: ${message} (${code}). Repair makes the list anew`,
      volume: list.name
    })
    return undefined
  }

  /** @throws EngineError `ENGINE_VOLUMES_MISSING` */
  #listOf({ version, volumeId }: ResolvedVersion): CatalogVolume {
    const list = volumeId === undefined ? undefined : this.#context.catalog.volumes.byId(volumeId)
    if (list !== undefined) return list
    throw new EngineError('ENGINE_VOLUMES_MISSING', `Version ${version} has no list. Repair makes it anew`, {
      context: { version }
    })
  }
}
