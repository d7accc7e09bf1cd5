import { equalBytes } from '@tercet/crypto'
import { type CallOptions, isTercetError, StorageError, untilAborted } from '@tercet/interface'
import type { DblockReader, DindexReader, DlistReader } from '@tercet/volume-format'
import type { BlockRun } from '../catalog/block-run-table.ts'
import type { CatalogVolume } from '../catalog/volume-table.ts'
import { fetchVolume } from './fetch-volume.ts'
import type { VolumeFile } from './finished-volume.ts'
import type { ResolvedStoreOptions } from './store-options.ts'
import { openStoredVolume } from './stored-volume.ts'

/** What a volume at the destination turned out to be. */
export type ContentVerdict =
  | { readonly good: true; readonly sizeBytes: number; readonly hash: Uint8Array }
  | {
      readonly good: false
      readonly reason: string
      /** It is whole, but another program's: a version that happens to have the name of one which was being stored. */
      readonly foreign?: boolean | undefined
    }

/**
 * Reads a volume whose size alone does not tell. It is good when its bytes are those that were stored; a volume that
 * was complete before may also have other bytes with the right content: all the blocks that the catalog counts on, each
 * verified, or a list that can be read to its end.
 *
 * @throws failures that say nothing about the volume: of the network, of the spool, of the passphrase; `signal.reason`
 */
export async function checkContent(
  options: ResolvedStoreOptions,
  volume: CatalogVolume,
  { signal }: CallOptions = {}
): Promise<ContentVerdict> {
  const { backend, spool, settings, catalog, keyring } = options
  const { fileHash } = settings
  try {
    using fetched = await fetchVolume(backend, spool, volume.name, { signal, hashAlgorithm: fileHash })
    const { path, sizeBytes, hash = new Uint8Array() } = fetched
    if (volume.hash !== undefined && equalBytes(hash, volume.hash)) return { good: true, sizeBytes, hash }
    if (volume.state === 'uploading') {
      const foreign = volume.type === 'dlist' && (await isWholeList(path, volume.name, options, signal))
      return { good: false, reason: 'its upload broke off', foreign }
    }
    using reader = await openStoredVolume({ path, name: volume.name, keyring, settings })
    if (reader.type === 'dblock') readBlocks(reader, catalog.blocks.ofVolume(volume.id))
    else if (reader.type === 'dindex') readIndex(reader)
    else await readList(reader, signal)
    return { good: true, sizeBytes, hash }
  } catch (error) {
    if (!isDamage(error)) throw error
    return { good: false, reason: (error as Error).message }
  }
}

async function isWholeList(
  path: string,
  name: string,
  { keyring }: ResolvedStoreOptions,
  signal: AbortSignal | undefined
): Promise<boolean> {
  try {
    // Whoever has left it, it is none of ours to say how large its blocks may be: they are not read.
    using reader = await openStoredVolume({ path, name, keyring, maxBlocksize: Number.MAX_SAFE_INTEGER })
    if (reader.type !== 'dlist') return false
    for await (const _ of reader.entries({ signal }));
    return true
  } catch (error) {
    if (isDamage(error)) return false
    if (isPassphraseProblem(error)) return true
    throw error
  }
}

function readBlocks(reader: DblockReader, runs: readonly BlockRun[]): void {
  for (const { hashes, count } of runs) {
    const width = hashes.length / count
    for (let i = 0; i < count; i++) {
      const at = reader.find(hashes, i * width)
      if (at === -1) throw new ContentDamage('it lacks blocks that were stored in it')
      reader.readBlock(at)
    }
  }
}

function readIndex(reader: DindexReader): void {
  for (const _ of reader.volumes());
  for (const _ of reader.lists());
  const problem = reader.problems[0]
  if (problem !== undefined) throw new ContentDamage(problem.message)
}

async function readList(reader: DlistReader, signal: AbortSignal | undefined): Promise<void> {
  let problem: string | undefined
  const onProblem = ({ message }: { message: string }) => {
    problem ??= message
  }
  for await (const _ of reader.entries({ onProblem, signal }));
  if (problem !== undefined) throw new ContentDamage(problem)
}

/** Found here rather than by the reader of the format. */
class ContentDamage extends Error {}

function isDamage(error: unknown): boolean {
  if (error instanceof ContentDamage) return true
  if (!isTercetError(error)) return false
  if (isPassphraseProblem(error)) return false
  return error.code.startsWith('VOLUME_') || error.code.startsWith('CRYPTO_')
}

function isPassphraseProblem(error: unknown): boolean {
  return isTercetError(error, 'CRYPTO_NO_PASSPHRASE') || isTercetError(error, 'CRYPTO_WRONG_PASSPHRASE')
}

/**
 * Makes sure that the destination holds these very bytes. One that computes checksums is asked for that of what it has;
 * from others the volume is read back.
 *
 * @throws StorageError, `STORAGE_CORRUPT` where it holds other bytes; `signal.reason`
 */
export async function assertStored(
  { backend, spool, settings }: ResolvedStoreOptions,
  { name, hash }: VolumeFile,
  { signal }: CallOptions
): Promise<void> {
  const { fileHash } = settings
  const algorithm = backend.capabilities.checksums.find((one) => one === fileHash)
  if (algorithm === undefined) {
    using fetched = await fetchVolume(backend, spool, name, { signal, hashAlgorithm: fileHash })
    assertHash(name, hash, fetched.hash)
  } else assertHash(name, hash, await untilAborted(backend.checksum(name, algorithm, { signal }), signal))
}

function assertHash(path: string, sent: Uint8Array, found: Uint8Array | undefined): void {
  if (found !== undefined && equalBytes(sent, found)) return
  throw new StorageError('STORAGE_CORRUPT', `${path} arrived with other bytes than were sent`, {
    retry: 'may-help',
    context: { path }
  })
}
