import { CryptoError } from '@tercet/crypto'
import {
  type DblockReader,
  type OpenAnyVolumeOptions,
  openAnyVolume,
  VolumeError,
  type VolumeName,
  type VolumeReader,
  type VolumeSettings
} from '@tercet/volume-format'
import type { VolumeFile, VolumeSource } from './volume-source.ts'

/** Dblocks held open at once: enough for files whose blocks are spread over versions. */
const MAX_OPEN = 8
/** Of these, such as had to be unpacked or decrypted as a whole: where there are no files, they are held in memory. */
const MAX_UNWRAPPED = 2

export type Opened<Reader> = { readonly reader: Reader } & Disposable

/** Opens volumes with one passphrase; keeps the dblocks that were used last. */
export class VolumeOpener implements Disposable {
  settings: VolumeSettings | undefined
  readonly #source: VolumeSource
  readonly #how: Pick<OpenAnyVolumeOptions, 'keyring' | 'limits'>
  readonly #dblocks = new Map<string, Opened<DblockReader>>()

  constructor(source: VolumeSource, how: Pick<OpenAnyVolumeOptions, 'keyring' | 'limits'>) {
    this.#source = source
    this.#how = how
  }

  /** Errors are those of `openAnyVolume`, and those of the source. */
  async open<Type extends VolumeReader['type']>(
    type: Type,
    { name }: VolumeName,
    signal: AbortSignal | undefined
  ): Promise<Opened<Extract<VolumeReader, { type: Type }>>> {
    signal?.throwIfAborted()
    const file: VolumeFile = await this.#source.open(name, { signal })
    try {
      const reader = await openAnyVolume(file, name, { ...this.#how, settings: this.settings, signal })
      if (reader.type !== type) {
        reader[Symbol.dispose]()
        throw new TypeError(`${name} is no ${type}`)
      }
      return {
        reader: reader as unknown as Extract<VolumeReader, { type: Type }>,
        [Symbol.dispose]() {
          reader[Symbol.dispose]()
          file[Symbol.dispose]()
        }
      }
    } catch (error) {
      file[Symbol.dispose]()
      throw error
    }
  }

  /** A dblock, for use before the next call. */
  async dblock(volume: VolumeName, signal: AbortSignal | undefined): Promise<DblockReader> {
    const held = this.#dblocks.get(volume.name)
    this.#dblocks.delete(volume.name)
    const opened = held ?? (await this.open('dblock', volume, signal))
    this.#dblocks.set(volume.name, opened)
    if (held === undefined) {
      this.#closeOldest([...this.#dblocks.keys()], MAX_OPEN)
      this.#closeOldest([...this.#dblocks.keys()].filter(isUnwrapped), MAX_UNWRAPPED)
    }
    return opened.reader
  }

  /** @param names oldest first */
  #closeOldest(names: readonly string[], most: number): void {
    for (const name of names.slice(0, Math.max(0, names.length - most))) {
      this.#dblocks.get(name)?.[Symbol.dispose]()
      this.#dblocks.delete(name)
    }
  }

  [Symbol.dispose](): void {
    for (const opened of this.#dblocks.values()) opened[Symbol.dispose]()
    this.#dblocks.clear()
  }
}

function isUnwrapped(name: string): boolean {
  return !/\.zip(?:\.aes)?$/.test(name)
}

/** True for what is wrong with one volume, so that another may serve; false for a lost connection or an abort. */
export function isVolumeDamage(error: unknown): boolean {
  return (
    error instanceof VolumeError || (error instanceof CryptoError && error.code !== 'CRYPTO_NO_PASSPHRASE')
  )
}
