import { type EntryKeys, type Fileset, keysOf, registerReplacement } from '@tercet/core'
import { type Issue, systemClock } from '@tercet/interface'
import type { EngineContext } from '../common/context.ts'
import type { Maintenance } from '../common/open-maintenance.ts'
import type { EntryFate, FateOf } from './entry-fate.ts'
import type { ListExtras } from './list-extras.ts'
import { type EmptyMetadata, writeRewrittenList } from './write-rewritten-list.ts'

export interface VersionRewrite {
  readonly fileset: Fileset
  /** Its new label. */
  readonly time: number
  /** That of the version which follows: it must stay before it. */
  readonly timeLimit: number | undefined
  readonly fateOf: FateOf
  readonly extras: ListExtras
}

const KEYS_AT_ONCE = 1024

/**
 * Gives versions new lists: what a version has is at each moment what it had, or what it is to have (W20). The new list
 * is stored and its size confirmed; then one commit makes it count and dooms the old one; then that one is deleted. A
 * new list that does not count yet is taken away by whatever looks at the listing next.
 */
export class VersionRewriter {
  readonly #context: EngineContext
  readonly #maintenance: Maintenance
  readonly #emptyMetadata: EmptyMetadata | undefined
  readonly #signal: AbortSignal | undefined

  constructor(
    context: EngineContext,
    maintenance: Maintenance,
    options: { readonly emptyMetadata?: EmptyMetadata | undefined; readonly signal: AbortSignal | undefined }
  ) {
    this.#context = context
    this.#maintenance = maintenance
    this.#emptyMetadata = options.emptyMetadata
    this.#signal = options.signal
  }

  /** Resolves with its label, and with what became of the old list where it could not be deleted. */
  async rewrite(
    change: VersionRewrite
  ): Promise<{ readonly time: number; readonly issues: readonly Issue[] }> {
    const { catalog, clock = systemClock } = this.#context
    const { store } = this.#maintenance
    const { fileset, time } = change
    const signal = this.#signal
    const file = await writeRewrittenList(catalog, this.#maintenance, {
      ...change,
      emptyMetadata: this.#emptyMetadata,
      clock,
      signal
    })
    const early = time * 1000 - clock.now()
    if (early > 0) await clock.sleep(early, { signal })
    let label = time
    const pending = registerReplacement(catalog, file, time, {
      timeLimit: change.timeLimit,
      onNewTime(newTime) {
        label = newTime
      }
    })
    await store.upload(pending, { signal })
    const old = fileset.volumeId === undefined ? undefined : catalog.volumes.byId(fileset.volumeId)
    this.#commit(change, label, pending.items[0]!.volumeId)
    const doomed = old && catalog.volumes.byId(old.id)
    const report = doomed && (await store.delete([doomed], { signal }))
    return { time: label, issues: report?.notDeleted ?? [] }
  }

  #commit({ fileset, fateOf }: VersionRewrite, time: number, volumeId: number): void {
    const { catalog } = this.#context
    const keys = (fate: EntryFate): Generator<EntryKeys> =>
      keysWith(catalog.entries.of({ seq: fileset.seq }), fateOf, fate)
    catalog.transaction(() => {
      const empty = this.#emptyMetadata
      const replace = empty && {
        entries: keys('empty-metadata'),
        hash: empty.hash,
        size: empty.size,
        contentId:
          empty.block &&
          catalog.blocksets.add([{ hash: empty.hash, size: empty.size, block: empty.block }])[0]
      }
      catalog.filesets.rewrite(fileset.seq, { time, volumeId }, { remove: keys('remove'), replace })
      catalog.volumes.setUncommittedList(undefined)
      if (fileset.volumeId !== undefined) catalog.volumes.setState([fileset.volumeId], 'deleting')
    })
  }
}

function* keysWith(
  rows: Iterable<Parameters<FateOf>[0]>,
  fateOf: FateOf,
  fate: EntryFate
): Generator<EntryKeys> {
  let paths: string[] = []
  for (const row of rows) {
    if (fateOf(row) !== fate) continue
    paths.push(row.path)
    if (paths.length < KEYS_AT_ONCE) continue
    yield keysOf(paths)
    paths = []
  }
  yield keysOf(paths)
}
