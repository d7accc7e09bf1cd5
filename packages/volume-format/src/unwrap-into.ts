import type { RandomAccess } from '@tercet/crypto'
import { isTercetError } from '@tercet/interface'
import type { Scratch } from './scratch.ts'
import { VolumeError } from './volume-error.ts'

/** Blocks of a volume differ from one another, so no honest one shrinks by more than deflate can make of it. */
const MOST_RATIO = 1040
/** Shrinking does not count up to this size. */
const FREE_BYTES = 16 * 1024 * 1024

/** More than a volume of that length can hold. */
export function mostUnwrapped(packedBytes: number): number {
  return FREE_BYTES + packedBytes * MOST_RATIO
}

export interface UnwrapOptions {
  /** Length of what is unwrapped. */
  readonly packedBytes: number
  /** Take what there is of a stream that is cut off or damaged. @defaultValue false */
  readonly keepsBroken?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Collects a stream that comes out of a volume, and never more than a volume of that length can hold.
 *
 * @throws VolumeError `VOLUME_LIMIT_EXCEEDED`, `VOLUME_ARCHIVE_INVALID`; what the stream fails with where that has a code
 */
export async function unwrapInto(
  scratch: Scratch,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { packedBytes, keepsBroken, signal }: UnwrapOptions
): Promise<RandomAccess> {
  const most = mostUnwrapped(packedBytes)
  let size = 0
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted()
      size += chunk.length
      if (size > most) {
        throw new VolumeError('VOLUME_LIMIT_EXCEEDED', `${packedBytes} bytes unwrap to more than ${most}`, {
          context: { packedBytes, maxBytes: most }
        })
      }
      scratch.write(chunk)
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (isTercetError(error) || isFileError(error)) throw error
    if (keepsBroken !== true || size === 0) {
      throw new VolumeError(
        'VOLUME_ARCHIVE_INVALID',
        'The volume is not compressed as its name says, or damaged',
        {
          cause: error
        }
      )
    }
  }
  return scratch.access()
}

/** Of the scratch space, as a full disk. */
function isFileError(error: unknown): boolean {
  return typeof (error as { syscall?: unknown }).syscall === 'string'
}
