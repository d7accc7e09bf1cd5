import { randomFillSync } from 'node:crypto'
import { closeSync, mkdirSync, openSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import {
  createCompressor,
  createDindexWriter,
  createFileSpool,
  DEFAULT_VOLUME_SETTINGS,
  type DlistEntry,
  formatVolumeName,
  newVolumeId,
  writeDlist
} from '@tercet/volume-format'

export interface SyntheticSize {
  readonly blocks: number
  /** Files of one block each, which use the first blocks. At most as many as blocks. */
  readonly entries: number
  /** @defaultValue 20 000 */
  readonly blocksPerVolume?: number | undefined
}

const HASH_BYTES = 32
const BLOCK_BYTES = 2048
const FILES_PER_FOLDER = 1000
const PREFIX = 'duplicati'
const CREATED = new Date('2026-01-02T03:04:05Z')
const settings = { ...DEFAULT_VOLUME_SETTINGS, blocksize: BLOCK_BYTES }

/**
 * Writes what a recreation reads of a backup of any size: dindexes and one dlist. The dblocks are files without content
 * of the announced length, so nothing can be restored. Not encrypted.
 */
export async function writeSyntheticDestination(folder: string, size: SyntheticSize): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const { blocks, entries, blocksPerVolume = 20_000 } = size
  const used = new Uint8Array(entries * HASH_BYTES)
  for (let first = 0; first < blocks; first += blocksPerVolume) {
    const hashes = randomFillSync(new Uint8Array(Math.min(blocksPerVolume, blocks - first) * HASH_BYTES))
    const at = first * HASH_BYTES
    if (at < used.length) used.set(hashes.subarray(0, used.length - at), at)
    writeVolumePair(folder, hashes)
  }
  await writeVersion(folder, used)
}

function writeVolumePair(folder: string, hashes: Uint8Array): void {
  const name = formatVolumeName({ prefix: PREFIX, type: 'dblock', id: newVolumeId(), compression: 'zip' })
  const sizes = new Uint32Array(hashes.length / HASH_BYTES).fill(BLOCK_BYTES)
  const volumeSize = sizes.length * BLOCK_BYTES
  closeSync(openSync(join(folder, name), 'wx'))
  truncateSync(join(folder, name), volumeSize)
  const id = newVolumeId()
  const file = createVolume(
    folder,
    formatVolumeName({ prefix: PREFIX, type: 'dindex', id, compression: 'zip' })
  )
  const compressor = createCompressor({ method: 'none' })
  const index = createDindexWriter({ sink: file, settings, compressor, createdAt: CREATED })
  index.addVolume({ name, hashes, sizes, volumeHash: new Uint8Array(HASH_BYTES), volumeSize })
  index.finish()
  file.close()
}

async function writeVersion(folder: string, hashes: Uint8Array): Promise<void> {
  const time = CREATED.getTime() / 1000
  const file = createVolume(
    folder,
    formatVolumeName({ prefix: PREFIX, type: 'dlist', time, compression: 'zip' })
  )
  using spool = createFileSpool(join(folder, 'list'))
  await writeDlist({
    sink: file,
    spool,
    settings,
    compression: { method: 'zstd', level: 1 },
    createdAt: CREATED,
    isFull: true,
    entries: files(hashes, time)
  })
  file.close()
}

function* files(hashes: Uint8Array, time: number): Generator<DlistEntry> {
  for (let i = 0; i * HASH_BYTES < hashes.length; i++) {
    const hash = hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)
    const path = `/home/ada/folder-${Math.floor(i / FILES_PER_FOLDER)}/file-${i}.txt`
    yield { type: 'File', path, time, hash, sizeBytes: BLOCK_BYTES, metaHash: hash, metaSize: BLOCK_BYTES }
  }
}

function createVolume(folder: string, name: string) {
  const file = openSync(join(folder, name), 'wx')
  return {
    write: (bytes: Uint8Array): void => void writeSync(file, bytes),
    close: (): void => closeSync(file)
  }
}
