import type { OperationObserver } from '@tercet/interface'
import { keysOf } from '../../src/catalog/entry-changes.ts'
import { openCatalog } from '../../src/catalog/open-catalog.ts'
import { batchOf } from './entry-batches.ts'

export const TIMES = [100, 200]

/** Stores the versions that are not there yet, each in several transactions, as a backup does. */
export async function writeVersions(path: string, observer?: OperationObserver): Promise<void> {
  using catalog = await openCatalog({ path, observer, clock: () => 1_000_000 })
  for (const time of TIMES) {
    const building = catalog.filesets.building()
    if (building !== undefined) catalog.filesets.remove(building.seq)
    if (catalog.filesets.byTime(time) !== undefined) continue
    const seq = catalog.filesets.begin({ time })
    catalog.changes.put(
      seq,
      batchOf([
        [`/new-${time}`, time],
        ['/changing', time]
      ])
    )
    catalog.changes.close(seq, keysOf([`/new-${time - 100}`]))
    const name = `list-${time}`
    const volumeId =
      catalog.volumes.byName(name)?.id ?? catalog.volumes.add({ name, type: 'dlist', state: 'uploading' })
    catalog.transaction(() => {
      catalog.volumes.update(volumeId, { state: 'uploaded' })
      catalog.filesets.complete(seq, { volumeId, isFull: true })
    })
  }
}
