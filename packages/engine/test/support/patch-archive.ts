import { readFileSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'

const CENTRAL_ENTRY = 0x02014b50
const END = 0x06054b50

/**
 * Replaces text in an archive whose entries are stored as they are, by text of the same length, and makes the checksums
 * right again: as somebody would who writes volumes.
 */
export function patchArchive(path: string, from: string, to: string): void {
  const bytes = readFileSync(path)
  const wanted = Buffer.from(from)
  const replacement = Buffer.from(to)
  if (wanted.length !== replacement.length) throw new Error(`Not of the same length: ${from} and ${to}`)
  let at = bytes.indexOf(wanted)
  if (at < 0) throw new Error(`There is no ${from} in ${path}`)
  for (; at >= 0; at = bytes.indexOf(wanted, at + 1)) replacement.copy(bytes, at)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let end = bytes.length - 22
  while (view.getUint32(end, true) !== END) end -= 1
  for (at = view.getUint32(end + 16, true); view.getUint32(at, true) === CENTRAL_ENTRY; ) {
    const local = view.getUint32(at + 42, true)
    const data = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
    if (view.getUint16(at + 10, true) === 0) {
      const crc = crc32(bytes.subarray(data, data + view.getUint32(at + 20, true)))
      view.setUint32(at + 16, crc, true)
      view.setUint32(local + 14, crc, true)
    }
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  writeFileSync(path, bytes)
}
