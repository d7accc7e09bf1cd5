import { chmodSync, chownSync, fchmodSync, fchownSync, futimesSync, lchownSync, lutimesSync } from 'node:fs'
import type { Issue } from '@tercet/interface'
import { loadNative } from '@tercet/native'
import { decodeMetadata, ticksToUnixNs } from '@tercet/volume-format'

export interface ReadMetadata {
  readonly mode?: number | undefined
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  readonly mtimeNs?: bigint | undefined
  readonly linkTarget?: string | undefined
  readonly hardLink?: string | undefined
  readonly xattrs: readonly (readonly [string, Uint8Array])[]
}

export function readMetadata(bytes: Uint8Array, time: number): ReadMetadata {
  const fallback = Number.isNaN(time) ? undefined : BigInt(time) * 1_000_000_000n
  if (bytes.length === 0) return { mtimeNs: fallback, xattrs: [] }
  const record = decodeMetadata(bytes)
  const owner = /^(\d+)-(\d+)-(\d+)$/.exec(record.get('unix:uid-gid-perm') ?? '')
  const ticks = record.get('CoreLastWritetime')
  const xattrs = [...record]
    .filter(([key]) => key.startsWith('unix-ext:'))
    .map(([key, value]) => [key.slice(9), Buffer.from(value, 'base64')] as const)
  return {
    mtimeNs: ticks !== undefined && /^\d+$/.test(ticks) ? ticksToUnixNs(BigInt(ticks)) : fallback,
    linkTarget: record.get('CoreSymlinkTarget'),
    hardLink: record.get('tercet:hardlink'),
    xattrs,
    ...(owner === null ? {} : { uid: Number(owner[1]), gid: Number(owner[2]), mode: Number(owner[3]) })
  }
}

export function* applyMetadata(
  path: string,
  file: number | undefined,
  read: ReadMetadata,
  permissions: boolean
): Generator<Issue> {
  const posix = loadNative()?.posix
  for (const [name, value] of read.xattrs) posix?.xattrs.set(file ?? path, name, value)
  if (permissions && read.uid !== undefined) {
    if (file === undefined) lchownSync(path, read.uid, read.gid ?? -1)
    else fchownSync(file, read.uid, read.gid ?? -1)
  }
  if (permissions && read.mode !== undefined && file !== undefined) fchmodSync(file, read.mode)
  else if (file !== undefined) fchmodSync(file, (read.mode ?? 0o644) | 0o600)
  if (read.mtimeNs === undefined) return
  const seconds = Number(read.mtimeNs / 1_000_000_000n)
  const nanoseconds = Number(read.mtimeNs % 1_000_000_000n)
  if (posix === undefined) {
    if (file === undefined) lutimesSync(path, seconds, seconds + nanoseconds / 1e9)
    else futimesSync(file, seconds, seconds + nanoseconds / 1e9)
  } else if (file === undefined) posix.setTimeAt(posix.workingFolder, path, seconds, nanoseconds)
  else posix.setTime(file, seconds, nanoseconds)
}
