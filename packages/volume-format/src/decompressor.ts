import type { Decoder, Platform } from './platform.ts'
import { VolumeError } from './volume-error.ts'
import { METHOD_DEFLATE, METHOD_STORED, METHOD_ZSTD, methodName } from './zip-format.ts'

/** More than any codec makes of one byte, so that a lie about a size is found before memory is taken for it. */
const MOST_FROM_A_BYTE: Readonly<Record<number, number>> = {
  [METHOD_STORED]: 1,
  [METHOD_DEFLATE]: 1040,
  [METHOD_ZSTD]: 131_072
}

/** Unpacks entries with kept contexts. Not to be shared between threads. */
export interface Decompressor extends Disposable {
  /**
   * The content of `packed`, which must have exactly `sizeBytes`. Valid until the next call; for stored entries it is
   * `packed` itself.
   *
   * @throws VolumeError `VOLUME_UNSUPPORTED_METHOD`, `VOLUME_ENTRY_DAMAGED`
   */
  decompress(method: number, packed: Uint8Array, sizeBytes: number): Uint8Array
}

export function createDecompressor(platform: Platform): Decompressor {
  const decoders = new Map<number, Decoder>()
  const decoderOf = (method: number): Decoder => {
    let decoder = decoders.get(method)
    if (decoder === undefined) {
      decoder = platform.createDecoder(method === METHOD_DEFLATE ? 'deflate' : 'zstd')
      decoders.set(method, decoder)
    }
    return decoder
  }
  return {
    decompress(method, packed, sizeBytes) {
      assertPlausible(method, packed.length, sizeBytes)
      const content =
        method !== METHOD_STORED
          ? decoderOf(method).decompress(packed, sizeBytes)
          : packed.length === sizeBytes
            ? packed
            : undefined
      if (content === undefined) throw damaged('it cannot be unpacked to its recorded size')
      return content
    },
    [Symbol.dispose]() {
      for (const decoder of decoders.values()) decoder[Symbol.dispose]()
      decoders.clear()
    }
  }
}

/** @throws VolumeError `VOLUME_UNSUPPORTED_METHOD`, `VOLUME_ENTRY_DAMAGED` */
export function assertPlausible(method: number, packedBytes: number, sizeBytes: number): void {
  const most = MOST_FROM_A_BYTE[method]
  if (most === undefined) {
    throw new VolumeError(
      'VOLUME_UNSUPPORTED_METHOD',
      `An entry is compressed with a method that cannot be read here: ${methodName(method)}`,
      { context: { method } }
    )
  }
  if (sizeBytes > packedBytes * most) throw damaged(`${packedBytes} bytes cannot unpack to ${sizeBytes}`)
}

function damaged(why: string): VolumeError {
  return new VolumeError('VOLUME_ENTRY_DAMAGED', `An entry of the archive is damaged: ${why}`)
}
