import { closeSync, openSync, readSync } from 'node:fs'
import { openStoredVolume } from '@tercet/core'
import { type AesCryptKeyring, equalBytes, hashBytes, hashSizeBytes } from '@tercet/crypto'
import { EngineError } from '../common/engine-error.ts'
import { packedTextAt } from '../common/growable.ts'
import type { FilesSource, VolumeSource, WriteJob } from './job-types.ts'

/** The wanted blocks of one source, by their position in the job. */
export interface BlockReader extends Disposable {
  /** Where the block lies: blocks are read in the order of their places; -1: the source lacks it. */
  place(block: number): number
  /** The block, verified by hash; a view, valid until the next call. Throws when the block is damaged. */
  read(block: number): Uint8Array
}

/** @throws VolumeError, CryptoError when the source as a whole cannot be used */
export async function openBlockReader(
  job: WriteJob,
  keyring: AesCryptKeyring | undefined
): Promise<BlockReader> {
  return job.source.kind === 'volume'
    ? await openVolumeBlocks(job, job.source, keyring)
    : openFileBlocks(job, job.source)
}

async function openVolumeBlocks(
  job: WriteJob,
  source: VolumeSource,
  keyring: AesCryptKeyring | undefined
): Promise<BlockReader> {
  const { path, name, expected } = source
  const volume = await openStoredVolume({ path, name, keyring, settings: job.settings, expected })
  if (volume.type !== 'dblock') {
    volume[Symbol.dispose]()
    throw new EngineError('ENGINE_VOLUME_UNUSABLE', `${name} holds no blocks`)
  }
  const hashBytes = hashSizeBytes(job.settings.blockHash)
  const indexes = new Int32Array(job.sizes.length)
  for (let block = 0; block < indexes.length; block++) {
    indexes[block] = volume.find(job.hashes, block * hashBytes)
  }
  return {
    place: (block) => indexes[block] as number,
    read: (block) => volume.readBlock(indexes[block] as number),
    [Symbol.dispose]: () => volume[Symbol.dispose]()
  }
}

function openFileBlocks(job: WriteJob, source: FilesSource): BlockReader {
  const hashSize = hashSizeBytes(job.settings.blockHash)
  const buffer = new Uint8Array(job.settings.blocksize)
  let open: { file: number; fd: number } | undefined
  const close = (): void => {
    if (open !== undefined) closeSync(open.fd)
    open = undefined
  }
  return {
    // Blocks of one file follow one another, so that each file is opened once.
    place: (block) =>
      (source.blockFiles[block] as number) * 2 ** 22 + (source.blockOffsets[block] as number) / 2 ** 31,
    read(block) {
      const file = source.blockFiles[block] as number
      if (open?.file !== file) {
        close()
        open = { file, fd: openSync(packedTextAt(source.paths, file), 'r') }
      }
      const bytes = buffer.subarray(0, job.sizes[block])
      const got = readSync(open.fd, bytes, 0, bytes.length, source.blockOffsets[block] as number)
      const wanted = job.hashes.subarray(block * hashSize, (block + 1) * hashSize)
      if (got !== bytes.length || !equalBytes(hashBytes(job.settings.blockHash, bytes), wanted)) {
        throw new EngineError(
          'RESTORE_LOCAL_BLOCK_CHANGED',
          'A local file changed while it was used as a source of blocks'
        )
      }
      return bytes
    },
    [Symbol.dispose]: close
  }
}
