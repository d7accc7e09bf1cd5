import type { CatalogReader } from '@tercet/core'
import { fromBase64, hashSizeBytes } from '@tercet/crypto'
import { type AffectedPath, PathCollector, visitNeeding } from '../browse/affected.ts'
import { HashTable } from '../common/hash-table.ts'
import type { StoredSettings } from '../common/stored-settings.ts'
import type { VolumeFault } from './verify-jobs.ts'

/** What one volume cannot give. */
export interface VolumeLoss {
  readonly volumeId: number
  readonly name: string
  readonly faults: readonly VolumeFault[]
  /** All blocks of the volume are lost. */
  readonly isUnusable: boolean
  /** Else these, packed. */
  readonly lostBlocks: Uint8Array
}

export interface Harm {
  readonly affectedVersions: readonly number[]
  readonly affectedFiles: readonly AffectedPath[]
}

const NO_HARM: Harm = Object.freeze({ affectedVersions: [], affectedFiles: [] })

/** Works out, in one pass over all versions, which files each lost block harms. */
export class HarmReport {
  readonly #blocks: HashTable
  readonly #byBlock = new Map<number, PathCollector>()
  readonly #byVolume = new Map<number, PathCollector>()
  readonly #harms = new Map<number, Harm>()

  constructor(catalog: CatalogReader, settings: StoredSettings, losses: readonly VolumeLoss[]) {
    const width = hashSizeBytes(settings.blockHash)
    this.#blocks = new HashTable(width)
    const volumesOf = new Map<number, Set<number>>()
    const lost = new Map(losses.map((loss) => [loss.volumeId, blocksLost(catalog, loss, width)]))
    for (const [volumeId, table] of lost) {
      for (let i = 0; i < table.count; i++) {
        const block = this.#blocks.add(table.hashAt(i))
        const volumes = volumesOf.get(block)
        if (volumes === undefined) volumesOf.set(block, new Set([volumeId]))
        else volumes.add(volumeId)
      }
    }
    const hasCopy = this.#findCopies(catalog, lost)
    const versions = catalog.filesets.versions()
    visitNeeding(catalog, settings, this.#blocks, (row, isMetadata, block) => {
      if (hasCopy.has(block)) return
      const collectors = [...(volumesOf.get(block) ?? [])].map((id) =>
        collector(this.#byVolume, id, versions)
      )
      for (const each of [...collectors, collector(this.#byBlock, block, versions)]) each.add(row, isMetadata)
    })
  }

  /** What a fault harms: its block, else everything that the volume has lost. */
  of(loss: VolumeLoss, fault: VolumeFault): Harm {
    if (fault.block === undefined) return this.ofVolume(loss)
    return toHarm(this.#byBlock.get(this.#blocks.find(fromBase64(fault.block))))
  }

  /** What all that one volume has lost harms: the same object for each call, as lists of paths may be long. */
  ofVolume({ volumeId }: VolumeLoss): Harm {
    let harm = this.#harms.get(volumeId)
    if (harm === undefined) {
      harm = toHarm(this.#byVolume.get(volumeId))
      this.#harms.set(volumeId, harm)
    }
    return harm
  }

  /** Blocks of which another volume has a copy that is not lost. */
  #findCopies(catalog: CatalogReader, lost: ReadonlyMap<number, HashTable>): Set<number> {
    const copies = new Set<number>()
    if (this.#blocks.count === 0) return copies
    const width = this.#blocks.hashBytes
    for (const run of catalog.blocks.all()) {
      const lostHere = lost.get(run.volumeId)
      for (let at = 0; at < run.hashes.length; at += width) {
        const block = this.#blocks.find(run.hashes, at)
        if (block >= 0 && (lostHere === undefined || lostHere.find(run.hashes, at) < 0)) copies.add(block)
      }
    }
    return copies
  }
}

function blocksLost(catalog: CatalogReader, loss: VolumeLoss, width: number): HashTable {
  const table = new HashTable(width)
  const rows = loss.isUnusable
    ? catalog.blocks.ofVolume(loss.volumeId).map((run) => run.hashes)
    : [loss.lostBlocks]
  for (const row of rows) for (let at = 0; at < row.length; at += width) table.add(row, at)
  return table
}

function collector(
  map: Map<number, PathCollector>,
  key: number,
  versions: ConstructorParameters<typeof PathCollector>[0]
): PathCollector {
  let found = map.get(key)
  if (found === undefined) {
    found = new PathCollector(versions)
    map.set(key, found)
  }
  return found
}

function toHarm(found: PathCollector | undefined): Harm {
  if (found === undefined) return NO_HARM
  const affectedFiles = found.paths()
  const versions = new Set(affectedFiles.flatMap((path) => path.versions))
  return { affectedVersions: [...versions].sort((a, b) => a - b), affectedFiles }
}
