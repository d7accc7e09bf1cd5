/** A second writer of zip archives, for what other programs write and this package does not. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ReferenceZipOptions {
  readonly descriptor?: 'signed' | 'plain' | 'wide' | undefined
  readonly zip64?: boolean | undefined
  readonly extra?: Uint8Array | undefined
  readonly comment?: string | undefined
  readonly version?: number | undefined
  readonly madeBy?: number | undefined
  readonly reversed?: boolean | undefined
  /** Compression method to claim, with the content stored. */
  readonly method?: number | undefined
}

export function referenceZip(
  content: readonly (readonly [name: string, bytes: Uint8Array])[],
  options: ReferenceZipOptions = {}
): Uint8Array {
  const {
    descriptor,
    zip64 = false,
    extra = new Uint8Array(0),
    comment = '',
    version = 20,
    madeBy = 0
  } = options
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  const add = (part: Buffer) => {
    parts.push(part)
    offset += part.length
  }
  for (const [name, bytes] of content) {
    const deflated = deflateRawSync(bytes)
    const method = options.method ?? (deflated.length < bytes.length ? 8 : 0)
    const packed = method === 8 ? deflated : Buffer.from(bytes)
    const flags = descriptor === undefined ? 0 : 8
    const known = descriptor === undefined
    const wide = zip64
      ? Buffer.concat([u16(1), u16(16), u64(bytes.length), u64(packed.length)])
      : Buffer.alloc(0)
    const localSize = (value: number) => u32(zip64 ? 0xffffffff : known ? value : 0)
    const start = offset
    add(
      Buffer.concat([
        u32(0x04034b50),
        u16(version),
        u16(flags),
        u16(method),
        u32(0),
        u32(known ? crc32(bytes) : 0),
        localSize(packed.length),
        localSize(bytes.length),
        u16(Buffer.byteLength(name)),
        u16(wide.length + extra.length),
        Buffer.from(name),
        wide,
        extra
      ])
    )
    add(packed)
    if (descriptor !== undefined) {
      const size = descriptor === 'wide' ? u64 : u32
      const signature = descriptor === 'plain' ? Buffer.alloc(0) : u32(0x08074b50)
      add(Buffer.concat([signature, u32(crc32(bytes)), size(packed.length), size(bytes.length)]))
    }
    directory.push(
      Buffer.concat([
        u32(0x02014b50),
        u16(madeBy),
        u16(version),
        u16(flags),
        u16(method),
        u32(0),
        u32(crc32(bytes)),
        u32(zip64 ? 0xffffffff : packed.length),
        u32(zip64 ? 0xffffffff : bytes.length),
        u16(Buffer.byteLength(name)),
        u16(wide.length + extra.length),
        u16(0),
        u16(0),
        u16(0),
        u32(0),
        u32(start),
        Buffer.from(name),
        extra,
        wide
      ])
    )
  }
  const central = Buffer.concat(options.reversed === true ? directory.reverse() : directory)
  const start = offset
  add(central)
  if (zip64) {
    const at = offset
    add(Buffer.concat([u32(0x06064b50), u64(44), u16(45), u16(45), u32(0), u32(0)]))
    add(Buffer.concat([u64(content.length), u64(content.length), u64(central.length), u64(start)]))
    add(Buffer.concat([u32(0x07064b50), u32(0), u64(at), u32(1)]))
  }
  const saturated = (value: number) => (zip64 ? 0xffffffff : value)
  const count = u16(zip64 ? 0xffff : content.length)
  add(
    Buffer.concat([
      u32(0x06054b50),
      u32(0),
      count,
      count,
      u32(saturated(central.length)),
      u32(saturated(start))
    ])
  )
  add(Buffer.concat([u16(comment.length), Buffer.from(comment)]))
  return new Uint8Array(Buffer.concat(parts))
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
