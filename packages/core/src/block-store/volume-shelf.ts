import { CoreError } from '../core-error.ts'
import type { StoredVolumeReader } from '../volumes/stored-volume.ts'

/** A volume that is open; disposing closes it and removes what was fetched. */
export interface ShelvedVolume extends Disposable {
  readonly reader: StoredVolumeReader
}

interface Place {
  readonly volume: Promise<ShelvedVolume>
  /** Reads that count on it. */
  users: number
}

/** Keeps the volumes open that were read last, so that blocks of one volume are read from one fetch. */
export class VolumeShelf implements AsyncDisposable {
  readonly #open: (name: string) => Promise<ShelvedVolume>
  readonly #most: number
  /** The one used last is the last. */
  readonly #places = new Map<string, Place>()

  constructor(open: (name: string) => Promise<ShelvedVolume>, most: number) {
    this.#open = open
    this.#most = most
  }

  /**
   * The block, verified by its hash.
   *
   * @throws CoreError `DESTINATION_VOLUME_DAMAGED` when the volume lacks it; VolumeError, CryptoError, StorageError
   */
  async read(name: string, hash: Uint8Array): Promise<Uint8Array> {
    const place = this.#places.get(name) ?? { volume: this.#open(name), users: 0 }
    this.#places.delete(name)
    this.#places.set(name, place)
    place.users += 1
    try {
      const { reader } = await place.volume
      const block = reader.type === 'dblock' ? reader.find(hash) : -1
      if (block < 0 || reader.type !== 'dblock') throw lacking(name)
      return reader.readBlock(block).slice()
    } catch (error) {
      // What could not be opened is tried anew the next time.
      if (!(await isOpen(place))) this.#places.delete(name)
      throw error
    } finally {
      place.users -= 1
      await this.#makeRoom()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const places = [...this.#places.values()]
    this.#places.clear()
    for (const { volume } of places) {
      const opened = await volume.catch(() => undefined)
      opened?.[Symbol.dispose]()
    }
  }

  async #makeRoom(): Promise<void> {
    for (const [name, place] of this.#places) {
      if (this.#places.size <= this.#most) return
      if (place.users > 0) continue
      this.#places.delete(name)
      const opened = await place.volume.catch(() => undefined)
      opened?.[Symbol.dispose]()
    }
  }
}

async function isOpen({ volume }: Place): Promise<boolean> {
  return volume.then(
    () => true,
    () => false
  )
}

function lacking(name: string): CoreError {
  return new CoreError(
    'DESTINATION_VOLUME_DAMAGED',
    `The volume ${name} does not hold a block that it should`,
    {
      context: { volume: name }
    }
  )
}
