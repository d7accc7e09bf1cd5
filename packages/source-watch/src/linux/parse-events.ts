/** One event of `inotify`. */
export interface FileEvent {
  readonly watch: number
  readonly mask: number
  /** Empty: the watched folder itself. Undefined: a name that is not UTF-8. */
  readonly name: string | undefined
}

const HEADER_BYTES = 16
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The events in `bytes`, as the kernel lays them out (inotify(7)). */
export function* parseEvents(bytes: Uint8Array): Generator<FileEvent> {
  const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const end = at + HEADER_BYTES + fields.getUint32(at + 12, true)
    yield {
      watch: fields.getInt32(at, true),
      mask: fields.getUint32(at + 4, true),
      name: decodeName(bytes.subarray(at + HEADER_BYTES, end))
    }
    at = end
  }
}

/** Names are padded with zeros. */
function decodeName(padded: Uint8Array): string | undefined {
  const end = padded.indexOf(0)
  const bytes = end < 0 ? padded : padded.subarray(0, end)
  if (bytes.length === 0) return ''
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
