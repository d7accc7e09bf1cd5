/** The archives `tgz` and `tzstd` (format section 10.2): ustar with a directory at its end, in one compressed stream. */
import { gzipSync } from 'fflate'
import { joined, uint64, utf8 } from './bytes.ts'
import { zstdFrame } from './zstd.ts'

export interface TarOptions {
  /** Leave the directory at the end out, or end the archive as tar programs do. @defaultValue 'directory' */
  readonly end?: 'directory' | 'nothing' | 'zeros' | undefined
}

interface TarEntry {
  readonly name: string
  readonly bytes: Uint8Array
}

const BLOCK_BYTES = 512
const TRAILER_BYTES = 14
/** 2025-07-02 08:00:00 UTC. */
const SECONDS = 1_751_443_200

export function tgz(entries: readonly TarEntry[], options: TarOptions = {}): Uint8Array {
  return gzipSync(tar(entries, options), { level: 9, mtime: 0 })
}

export function tzstd(entries: readonly TarEntry[], options: TarOptions = {}): Uint8Array {
  return zstdFrame(tar(entries, options))
}

function tar(entries: readonly TarEntry[], { end = 'directory' }: TarOptions): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Record<string, object> = {}
  let offset = 0
  for (const { name, bytes } of entries) {
    directory[name] = { Offset: offset + BLOCK_BYTES, Size: bytes.length, LastWriteTime: SECONDS }
    const part = joined(header(name, bytes.length), padded(bytes))
    parts.push(part)
    offset += part.length
  }
  if (end === 'zeros') parts.push(new Uint8Array(2 * BLOCK_BYTES))
  if (end === 'directory') {
    const json = utf8(JSON.stringify(directory))
    const content = new Uint8Array(Math.ceil((json.length + TRAILER_BYTES) / BLOCK_BYTES) * BLOCK_BYTES)
    content.set(json)
    content.set(joined(uint64(offset), utf8('EOFHD1')), content.length - TRAILER_BYTES)
    parts.push(header('.eof-header', content.length), content)
  }
  return joined(...parts)
}

function header(name: string, sizeBytes: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES)
  const octal = (value: number) => `${value.toString(8).padStart(11, '0')} `
  block.set(utf8(name))
  block.set(utf8(`0000644 0000000 0000000 ${octal(sizeBytes)}${octal(SECONDS)}        0`), 100)
  block.set(utf8('ustar\x0000'), 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.set(utf8(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
  return block
}

function padded(bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES)
  all.set(bytes)
  return all
}
