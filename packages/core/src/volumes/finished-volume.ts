/** A volume file in the spool, complete and ready to be stored. */
export interface VolumeFile {
  /** Name at the destination. */
  readonly name: string
  /** The file in the spool. */
  readonly path: string
  readonly sizeBytes: number
  /** Digest of the file, by the algorithm of whole files. */
  readonly hash: Uint8Array
  /** The same volume before it became an OpenPGP message, where it did. */
  readonly plainPath?: string | undefined
}

/** Consecutive ordinals of blocks that lie one after the other in {@link FinishedVolume.hashes}. */
export interface OrdinalRun {
  readonly firstOrdinal: number
  readonly count: number
}

/**
 * A dblock with its dindex, as a packer leaves them in the spool. Plain data in few large pieces, so that it crosses
 * threads in one message however many blocks there are; {@link finishedVolumeBuffers} names what can be transferred.
 */
export interface FinishedVolume {
  readonly dblock: VolumeFile
  /** Undefined when the index policy is `none`. */
  readonly dindex: VolumeFile | undefined
  /** Ordinals of the blocks, in the order of {@link FinishedVolume.hashes}. */
  readonly runs: readonly OrdinalRun[]
  /** Block hashes, one after the other. */
  readonly hashes: Uint8Array
  /** Block lengths in bytes. */
  readonly sizes: Uint32Array
  /** Bytes of the blocks before compression. */
  readonly contentBytes: number
}

/** The buffers of a volume that a worker may give away with it. */
export function finishedVolumeBuffers(volume: FinishedVolume): ArrayBufferLike[] {
  return [volume.hashes.buffer, volume.sizes.buffer]
}

/** Collects rising ordinals as runs. */
export class OrdinalRuns {
  readonly #runs: { firstOrdinal: number; count: number }[] = []

  add(ordinal: number): void {
    const last = this.#runs.at(-1)
    if (last !== undefined && ordinal === last.firstOrdinal + last.count) last.count++
    else this.#runs.push({ firstOrdinal: ordinal, count: 1 })
  }

  has(ordinal: number): boolean {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const { firstOrdinal, count } = this.#runs[middle]!
      if (ordinal < firstOrdinal) high = middle
      else if (ordinal >= firstOrdinal + count) low = middle + 1
      else return true
    }
    return false
  }

  all(): readonly OrdinalRun[] {
    return this.#runs
  }
}

/** The ordinals of runs, one by one. */
export function* ordinalsOf(runs: Iterable<OrdinalRun>): Iterable<number> {
  for (const { firstOrdinal, count } of runs) {
    for (let i = 0; i < count; i++) yield firstOrdinal + i
  }
}
