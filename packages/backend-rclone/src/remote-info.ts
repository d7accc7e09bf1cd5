import { type Capabilities, type ChecksumAlgorithm, capabilities } from '@tercet/interface'
import type { RcloneSession } from './rclone-session.ts'

interface FsInfo {
  readonly Features?: Readonly<Record<string, boolean>>
  readonly Hashes?: readonly string[]
  readonly Precision?: number
}

/** Names of digests as rclone has them. */
export const HASH_NAMES: Readonly<Partial<Record<ChecksumAlgorithm, string>>> = {
  MD5: 'md5',
  SHA1: 'sha1',
  SHA256: 'sha256',
  CRC32: 'crc32'
}

/** What rclone gives as the precision of a remote that has no times of its own. */
const NO_TIMES_NS = 1e18

/** Asks rclone what the remote can do. Where it can rename, puts are renamed into place; elsewhere they are whole by themselves. */
export async function readCapabilities(
  session: RcloneSession,
  signal: AbortSignal | undefined
): Promise<Capabilities> {
  const info = await session.call<FsInfo>('operations/fsinfo', { fs: session.fs }, 'open', undefined, signal)
  const { Features: features = {}, Hashes: hashes = [], Precision: precision = NO_TIMES_NS } = info
  const algorithms = Object.entries(HASH_NAMES).filter(([, name]) => hashes.includes(name))
  return capabilities({
    atomicPut: true,
    rename: features['Move'] === true,
    serverSideCopy: features['Copy'] === true,
    checksums: Object.freeze(algorithms.map(([algorithm]) => algorithm as ChecksumAlgorithm)),
    modifiedTimeResolutionMs:
      precision >= NO_TIMES_NS ? undefined : Math.max(1000, Math.ceil(precision / 1e6)),
    rangedGet: true,
    quota: features['About'] === true,
    listing: 'eventual',
    nestedNames: true
  })
}
