import { assertRange, type ByteSink, type RandomAccess } from '@tercet/crypto'
import { VolumeError } from './volume-error.ts'

/** Room for a volume that has to be unwrapped as a whole before anything in it can be read. Freed when it is disposed. */
export interface Scratch extends ByteSink, Disposable {
  /** What was written so far; nothing may be written afterwards. */
  access(): RandomAccess
}

/** Longest volume that is unwrapped in memory. */
const MAX_MEMORY_BYTES = 1024 ** 3

/** Holds everything in memory, in the pieces in which it came. */
export function createMemoryScratch(maxBytes = MAX_MEMORY_BYTES): Scratch {
  const pieces: Uint8Array[] = []
  let size = 0
  return {
    write(bytes) {
      size += bytes.length
      if (size > maxBytes)
        throw new VolumeError('VOLUME_LIMIT_EXCEEDED', `The volume unwraps to more than ${maxBytes} bytes`, {
          context: { maxBytes }
        })
      pieces.push(new Uint8Array(bytes))
    },
    access: () => piecesAccess(pieces, size),
    [Symbol.dispose]() {
      pieces.length = 0
    }
  }
}

/** Reads across pieces; a range within one piece is a view of it. */
function piecesAccess(pieces: readonly Uint8Array[], size: number): RandomAccess {
  const starts = new Float64Array(pieces.length)
  for (let i = 1; i < pieces.length; i++) starts[i] = starts[i - 1]! + pieces[i - 1]!.length
  const pieceAt = (offset: number): number => {
    let low = 0
    let high = pieces.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
  return {
    size,
    read(offset, length) {
      assertRange(offset, length, size)
      if (length === 0) return new Uint8Array(0)
      let piece = pieceAt(offset)
      let from = offset - starts[piece]!
      if (from + length <= pieces[piece]!.length) return pieces[piece]!.subarray(from, from + length)
      const bytes = new Uint8Array(length)
      for (let done = 0; done < length; piece++, from = 0) {
        const part = pieces[piece]!.subarray(from, from + length - done)
        bytes.set(part, done)
        done += part.length
      }
      return bytes
    }
  }
}
