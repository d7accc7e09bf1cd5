import { FILE_SYSTEM_EVENT } from '@tercet/native'

/** One event of `fanotify`. */
export interface FileSystemEvent {
  readonly mask: number
  /** Where it happened; undefined: the event is about no folder, such as that of a queue that was full. */
  readonly folder: FolderHandle | undefined
  /** '.': the folder itself. Undefined: a name that is not UTF-8. */
  readonly name: string | undefined
}

/** A folder as events call it. */
export interface FolderHandle {
  /** Of the file system. */
  readonly id: string
  readonly handle: Uint8Array
  /** Equal for equal folders. */
  readonly key: string
}

const MASK = 8
const FIXED_SIZE = 6
const ID_BYTES = 8
const INFO_HEADER_BYTES = 4
const HANDLE_HEADER_BYTES = 8
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The events in `bytes`, as the kernel lays them out (fanotify(7)). */
export function* parseFileSystemEvents(bytes: Uint8Array): Generator<FileSystemEvent> {
  const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + FILE_SYSTEM_EVENT.FIXED_BYTES <= bytes.length; ) {
    const end = at + fields.getUint32(at, true)
    // Kinds of events are in the lower half.
    const mask = fields.getUint32(at + MASK, true)
    let info = at + fields.getUint16(at + FIXED_SIZE, true)
    while (info < end && bytes[info] !== FILE_SYSTEM_EVENT.FOLDER_AND_NAME)
      info += fields.getUint16(info + 2, true)
    if (info >= end) yield { mask, folder: undefined, name: undefined }
    else {
      const handleAt = info + INFO_HEADER_BYTES + ID_BYTES
      const nameAt = handleAt + HANDLE_HEADER_BYTES + fields.getUint32(handleAt, true)
      const infoEnd = info + fields.getUint16(info + 2, true)
      yield {
        mask,
        folder: {
          id: idText(bytes.subarray(info + INFO_HEADER_BYTES, handleAt)),
          handle: bytes.slice(handleAt, nameAt),
          key: idText(bytes.subarray(info + INFO_HEADER_BYTES, nameAt))
        },
        name: decodeName(bytes.subarray(nameAt, infoEnd))
      }
    }
    at = end
  }
}

/** What a file system is called in events, as a key. */
export function idText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Names end with a zero, and are padded with more. */
function decodeName(padded: Uint8Array): string | undefined {
  const end = padded.indexOf(0)
  try {
    return decoder.decode(end < 0 ? padded : padded.subarray(0, end))
  } catch {
    return undefined
  }
}
