import { VolumeError } from './volume-error.ts'

const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const RLE_BLOCK = 1

/** What frames of the highest level ask for; beyond it, only by settings that nobody uses for volumes. */
const MAX_WINDOW_LOG = 27

/**
 * Lets Zstandard frames ask for no more window than their content can fill. A decoder takes memory for the window that a
 * frame header names, up to gigabytes, and writers name the one of their level however little they write. No match
 * reaches behind the beginning of the content, so a smaller window changes nothing of what is unpacked.
 *
 * Follows RFC 8878, section 3.1.1, from one header to the next, whatever the chunks are cut like.
 */
export class ZstdWindowFitter {
  readonly #sizeBytes: number
  readonly #windowLog: number
  /** Bytes to pass on before the next header. */
  #skip = 0
  #isInFrame = false
  #hasChecksum = false
  /** The header that is being read. */
  readonly #header = new Uint8Array(18)
  #length = 0

  /** @param sizeBytes length of all of the content */
  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes
    this.#windowLog = Math.max(10, Math.ceil(Math.log2(Math.max(1, sizeBytes))))
  }

  /**
   * The chunk as it is to be unpacked: itself, or a changed copy.
   *
   * @throws VolumeError `VOLUME_LIMIT_EXCEEDED` where the content needs a window that nobody makes,
   * `VOLUME_ENTRY_DAMAGED` where a frame says itself that it holds more than all of the content
   */
  fit(chunk: Uint8Array): Uint8Array {
    let fitted = chunk
    for (let at = 0; at < chunk.length; ) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at)
        this.#skip -= step
        at += step
        continue
      }
      const byte = chunk[at]!
      this.#header[this.#length++] = byte
      if (this.#isInFrame) this.#takeBlockHeader()
      else {
        const isWindow = this.#length === 6 && (this.#header[4]! & 0x20) === 0 && this.#isZstd()
        if (isWindow && this.#isTooLarge(byte)) {
          if (fitted === chunk) fitted = chunk.slice()
          fitted[at] = (this.#windowLog - 10) << 3
        }
        this.#takeFrameHeader()
      }
      at++
    }
    return fitted
  }

  #isTooLarge(descriptor: number): boolean {
    const base = 2 ** (10 + (descriptor >> 3))
    const windowBytes = base + (base / 8) * (descriptor & 7)
    const needed = 2 ** this.#windowLog
    if (Math.min(windowBytes, needed) > 2 ** MAX_WINDOW_LOG) throw tooLarge(windowBytes)
    return windowBytes > needed
  }

  #takeFrameHeader(): void {
    if (this.#length < 5) return
    if (!this.#isZstd()) {
      // A skippable frame has its length here; anything else is left to the decoder to refuse.
      const isSkippable = ((this.#number(0, 4) ^ SKIPPABLE_MAGIC) & 0xfffffff0) === 0
      if (isSkippable && this.#length < 8) return
      this.#skip = isSkippable ? this.#number(4, 4) : Number.POSITIVE_INFINITY
      this.#length = 0
      return
    }
    const descriptor = this.#header[4]!
    const isSingle = (descriptor & 0x20) !== 0
    const start = (isSingle ? 5 : 6) + [0, 1, 2, 4][descriptor & 3]!
    const sizeLength = descriptor >> 6 === 0 ? Number(isSingle) : 1 << (descriptor >> 6)
    if (this.#length < start + sizeLength) return
    const size = this.#number(start, sizeLength) + (sizeLength === 2 ? 256 : 0)
    if (isSingle && size > this.#sizeBytes) {
      const message = `An entry of the archive is damaged: it holds ${size} bytes instead of ${this.#sizeBytes}`
      throw new VolumeError('VOLUME_ENTRY_DAMAGED', message)
    }
    this.#hasChecksum = (descriptor & 4) !== 0
    this.#isInFrame = true
    this.#length = 0
  }

  #takeBlockHeader(): void {
    if (this.#length < 3) return
    const header = this.#number(0, 3)
    this.#skip = ((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3
    this.#length = 0
    if ((header & 1) === 0) return
    this.#isInFrame = false
    if (this.#hasChecksum) this.#skip += 4
  }

  #isZstd(): boolean {
    return this.#number(0, 4) === MAGIC
  }

  #number(at: number, length: number): number {
    let value = 0
    for (let i = 0; i < length; i++) value += this.#header[at + i]! * 256 ** i
    return value
  }
}

/** All of an entry at once, for decoders that take memory for the window. */
export function fitWindows(packed: Uint8Array, sizeBytes: number): Uint8Array {
  return new ZstdWindowFitter(sizeBytes).fit(packed)
}

function tooLarge(windowBytes: number): VolumeError {
  return new VolumeError(
    'VOLUME_LIMIT_EXCEEDED',
    `An entry asks for ${windowBytes} bytes of memory to be unpacked, more than it can need`,
    { context: { windowBytes } }
  )
}
