import { koffi } from './koffi.ts'

/** What disks ask for in place, length and memory of a transfer past the page cache; some ask for less. */
export const ALIGNMENT = 4096

/**
 * Zeroed bytes that begin at a multiple of {@link ALIGNMENT} in memory; undefined where nobody says where memory is, which
 * is where {@link loadNative} gives nothing.
 */
export function alignedBytes(sizeBytes: number): Uint8Array<ArrayBuffer> | undefined {
  const ffi = process.env['TERCET_NO_NATIVE'] === '1' ? undefined : koffi()
  if (ffi === undefined) return undefined
  const room = new Uint8Array(sizeBytes + ALIGNMENT)
  const beyond = Number(ffi.address(room) % BigInt(ALIGNMENT))
  const start = beyond === 0 ? 0 : ALIGNMENT - beyond
  return room.subarray(start, start + sizeBytes)
}

export function isAligned(bytes: Uint8Array): boolean {
  return (koffi()?.address(bytes) ?? 1n) % BigInt(ALIGNMENT) === 0n
}
