/** Zip archives (format section 10.1): what every byte is for is written out, and anything can be told wrong. */
import { crc32 } from 'node:zlib'
import { deflateSync } from 'fflate'
import { joined, uint16, uint32, uint64, utf8 } from './bytes.ts'
import { zstdFrame } from './zstd.ts'

export type Method = 'stored' | 'deflate' | 'zstd'

export interface ZipEntry {
  readonly name: string
  readonly bytes: Uint8Array
  readonly method?: Method | undefined
  /** In place of what packing gives. */
  readonly packed?: Uint8Array | undefined
  /** In place of what is true. */
  readonly says?: { readonly sizeBytes?: number; readonly crc?: number; readonly method?: number } | undefined
}

export interface ZipOptions {
  /** Sizes follow the content, with or without the signature before them. */
  readonly descriptors?: 'signed' | 'bare' | undefined
  /** Sizes and offsets in fields of 64 bits throughout. */
  readonly zip64?: boolean | undefined
  /** Extra field of every local header. */
  readonly extra?: Uint8Array | undefined
  /** The flag for names in UTF-8. */
  readonly utf8Flag?: boolean | undefined
  /** Bytes that are missing at the end. */
  readonly cutBytes?: number | undefined
}

const NUMBERS = { stored: 0, deflate: 8, zstd: 93 } as const
const MOST = 0xffffffff
/** 2025-07-02 08:00:00, as MS-DOS counts. */
const DOS_TIME = uint32(((((2025 - 1980) << 9) | (7 << 5) | 2) << 16) | (8 << 11))
const MADE_BY = uint16(0x0314)
const NEEDED = uint16(20)
const REGULAR_FILE = uint32(0x81a40000)

export function zip(entries: readonly ZipEntry[], options: ZipOptions = {}): Uint8Array {
  const { descriptors, zip64 = false, extra = new Uint8Array(0) } = options
  const flags = uint16((descriptors === undefined ? 0 : 8) | (options.utf8Flag === true ? 0x800 : 0))
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const entry of entries) {
    const { bytes, says = {} } = entry
    const packed = entry.packed ?? pack(bytes, entry.method ?? 'stored')
    const size = says.sizeBytes ?? bytes.length
    const name = utf8(entry.name)
    const start = joined(NEEDED, flags, uint16(says.method ?? NUMBERS[entry.method ?? 'stored']), DOS_TIME)
    const crc = uint32(says.crc ?? crc32(bytes))
    const narrow = (value: number) => uint32(zip64 ? MOST : value)
    const checks = joined(crc, narrow(packed.length), narrow(size))
    const wide = zip64 ? field64(size, packed.length) : new Uint8Array(0)
    const local = joined(
      utf8('PK\x03\x04'),
      start,
      descriptors === undefined ? checks : new Uint8Array(12),
      uint16(name.length),
      uint16(extra.length + wide.length),
      name,
      extra,
      wide,
      packed,
      descriptors === undefined ? new Uint8Array(0) : descriptor(descriptors, crc, packed.length, size)
    )
    const central = zip64 ? field64(size, packed.length, offset) : new Uint8Array(0)
    directory.push(
      joined(utf8('PK\x01\x02'), MADE_BY, start, checks, uint16(name.length), uint16(central.length)),
      joined(new Uint8Array(6), REGULAR_FILE, narrow(offset), name, central)
    )
    parts.push(local)
    offset += local.length
  }
  const central = joined(...directory)
  const all = joined(...parts, central, end(entries.length, central.length, offset, zip64))
  return all.subarray(0, all.length - (options.cutBytes ?? 0))
}

function pack(bytes: Uint8Array, method: Method): Uint8Array {
  if (method === 'stored') return bytes
  return method === 'deflate' ? deflateSync(bytes, { level: 9 }) : zstdFrame(bytes)
}

function field64(...values: number[]): Uint8Array {
  return joined(uint16(1), uint16(values.length * 8), ...values.map(uint64))
}

function descriptor(kind: 'signed' | 'bare', crc: Uint8Array, packed: number, size: number): Uint8Array {
  const sizes = joined(crc, uint32(packed), uint32(size))
  return kind === 'bare' ? sizes : joined(utf8('PK\x07\x08'), sizes)
}

function end(count: number, size: number, offset: number, zip64: boolean): Uint8Array {
  if (!zip64) {
    const counts = joined(uint16(count), uint16(count))
    return joined(utf8('PK\x05\x06'), new Uint8Array(4), counts, uint32(size), uint32(offset), uint16(0))
  }
  return joined(
    joined(utf8('PK\x06\x06'), uint64(44), MADE_BY, uint16(45), new Uint8Array(8)),
    joined(uint64(count), uint64(count), uint64(size), uint64(offset)),
    joined(utf8('PK\x06\x07'), uint32(0), uint64(offset + size), uint32(1)),
    joined(utf8('PK\x05\x06'), new Uint8Array(4), uint32(MOST), uint32(MOST), uint32(MOST), uint16(0))
  )
}
