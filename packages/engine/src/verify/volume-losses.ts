import type { CatalogVolume } from '@tercet/core'
import type { VolumeLoss } from './harm.ts'
import type { VolumeFault } from './verify-jobs.ts'

/** What was found wrong, volume by volume. */
export class VolumeLosses {
  readonly #losses = new Map<number, VolumeLoss>()

  has({ id }: CatalogVolume): boolean {
    return this.#losses.has(id)
  }

  all(): VolumeLoss[] {
    return [...this.#losses.values()]
  }

  add(volume: CatalogVolume, faults: readonly VolumeFault[], isUnusable: boolean): void {
    if (faults.length === 0) return
    const loss = this.#of(volume)
    // What the listing has shown, the volume itself shows again.
    const isSizeKnown = loss.faults.some(({ code }) => code === 'VERIFY_SIZE_MISMATCH')
    const added = faults.filter(({ code }) => !isSizeKnown || code !== 'VOLUME_SIZE_MISMATCH')
    this.#losses.set(volume.id, {
      ...loss,
      faults: [...loss.faults, ...added],
      isUnusable: loss.isUnusable || isUnusable
    })
  }

  /** Blocks that the volume should hold and does not. */
  lose(volume: CatalogVolume, lostBlocks: Uint8Array): void {
    this.#losses.set(volume.id, { ...this.#of(volume), lostBlocks })
  }

  #of(volume: CatalogVolume): VolumeLoss {
    const none = {
      volumeId: volume.id,
      name: volume.name,
      faults: [],
      isUnusable: false,
      lostBlocks: new Uint8Array()
    }
    return this.#losses.get(volume.id) ?? none
  }
}
