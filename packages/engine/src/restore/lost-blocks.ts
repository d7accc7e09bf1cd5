import type { CatalogReader } from '@tercet/core'
import type { Listing, PlannedVolume } from './block-sources.ts'
import type { BlockTargets } from './block-targets.ts'

/** Blocks that a source was expected to give and could not. */
export class LostBlocks {
  readonly #tried = new Set<string>()
  readonly #volumes = new Map<string, string>()
  readonly #reported = new Set<string>()
  #changed = false

  add(hash: Uint8Array, volume: PlannedVolume | undefined): void {
    this.#changed = true
    if (volume === undefined) return
    const key = keyOf(hash)
    this.#tried.add(`${volume.id} ${key}`)
    this.#volumes.set(key, volume.name)
  }

  /** Whether blocks were lost since the last call. */
  changed(): boolean {
    const changed = this.#changed
    this.#changed = false
    return changed
  }

  wasTried(volumeId: number, hashes: Uint8Array, offset: number, hashBytes: number): boolean {
    return this.#tried.has(`${volumeId} ${keyOf(hashes.subarray(offset, offset + hashBytes))}`)
  }

  isFirstReport(volume: string): boolean {
    if (this.#reported.has(volume)) return false
    this.#reported.add(volume)
    return true
  }

  /** Tells in which volume a block should have been: one that failed, or one that is not at the destination. */
  locate(
    catalog: CatalogReader,
    listing: Listing,
    targets: BlockTargets
  ): (hash: Uint8Array) => string | undefined {
    const { hashBytes } = targets
    for (const volume of catalog.volumes.all({ type: 'dblock' })) {
      if (listing.has(volume.name)) continue
      for (const run of catalog.blocks.ofVolume(volume.id)) {
        for (let at = 0; at < run.hashes.length; at += hashBytes) {
          if (!targets.has(run.hashes, at) || targets.sourceOf(run.hashes, at) !== undefined) continue
          this.#volumes.set(keyOf(run.hashes.subarray(at, at + hashBytes)), volume.name)
        }
      }
    }
    return (hash) => this.#volumes.get(keyOf(hash))
  }
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1')
}
