import { isTercetError } from '@tercet/interface'
import { interpretMetadata, type Metadata } from '@tercet/source-fs'
import { decodeMetadata } from '@tercet/volume-format'

const NO_METADATA: Metadata = Object.freeze({ xattrs: [] })

/** @param time seconds, for metadata that has none; NaN: not known */
export function readMetadata(bytes: Uint8Array, time: number): Metadata {
  const known = bytes.length === 0 ? NO_METADATA : decode(bytes)
  if (known.modified !== undefined || Number.isNaN(time)) return known
  return { ...known, modified: { seconds: time, nanoseconds: 0 } }
}

/** A blob that is not understood costs the metadata, not the file. */
function decode(bytes: Uint8Array): Metadata {
  try {
    return interpretMetadata(decodeMetadata(bytes))
  } catch (error) {
    if (!isTercetError(error)) throw error
    return NO_METADATA
  }
}
