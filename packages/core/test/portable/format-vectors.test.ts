import { bytesAccess, createHasher } from '@tercet/crypto'
import {
  compareReading,
  type DestinationVector,
  formatVectors,
  type ReadEntry,
  type ReadVersion,
  readFormatVector,
  type VectorErrorWord,
  type VectorReading
} from '@tercet/testkit-data'
import { type DlistEntry, formatTime } from '@tercet/volume-format'
import { expect, test } from 'vitest'
import { type DestinationReader, openDestination, type VolumeSource } from '../../src/portable/index.ts'

/** The words of the vectors for our codes. */
const WORDS: Readonly<Record<string, VectorErrorWord>> = {
  CRYPTO_NO_PASSPHRASE: 'no-passphrase',
  CRYPTO_WRONG_PASSPHRASE: 'wrong-passphrase',
  DESTINATION_NO_BACKUP: 'no-backup',
  DESTINATION_CONTENT_DAMAGED: 'content-differs',
  BLOCK_NOT_FOUND: 'block-missing',
  VOLUME_ARCHIVE_INVALID: 'archive-invalid',
  VOLUME_MANIFEST_VERSION: 'unsupported-version',
  VOLUME_UNSUPPORTED_COMPRESSION: 'unsupported-kind',
  VOLUME_ENTRY_INVALID: 'entry-invalid',
  VOLUME_ENTRY_UNKNOWN_TYPE: 'type-unknown',
  VOLUME_PATH_RELATIVE: 'path-relative',
  VOLUME_PATH_ESCAPES: 'path-escapes',
  VOLUME_PATH_DUPLICATE: 'path-duplicate'
}

function wordOf(error: unknown): VectorErrorWord {
  const word = WORDS[(error as { code: string }).code]
  if (word === undefined) throw error
  return word
}

const TYPES = { File: 'file', Folder: 'folder', Symlink: 'symlink' } as const

function sourceOf({ files }: DestinationVector): VolumeSource {
  const bytes = new Map(
    files.map(({ name, base64 }) => [name, new Uint8Array(Buffer.from(base64, 'base64'))])
  )
  return {
    list: async () => [...bytes.keys()],
    open: async (name) => Object.assign(bytesAccess(bytes.get(name)!), { [Symbol.dispose]() {} })
  }
}

async function readEntry(destination: DestinationReader, entry: DlistEntry): Promise<ReadEntry> {
  const { path } = entry
  if (entry.type !== 'File') return { type: TYPES[entry.type as keyof typeof TYPES], path }
  try {
    const hasher = createHasher('SHA256')
    for await (const block of destination.content(entry)) hasher.update(block)
    return { type: 'file', path, sha256: Buffer.from(hasher.digest()).toString('hex') }
  } catch (error) {
    return { type: 'file', path, error: wordOf(error) }
  }
}

/** A version; undefined where its list cannot be read, which the reader says when that is asked for. */
async function readVersion(
  destination: DestinationReader,
  version: number
): Promise<ReadVersion | undefined> {
  const entries: ReadEntry[] = []
  const leftOut: { path: string; error: VectorErrorWord }[] = []
  const onProblem = (problem: { path?: string | undefined; code: string }) =>
    leftOut.push({ path: problem.path!, error: wordOf(problem) })
  try {
    for await (const batch of destination.entries(version, { onProblem })) {
      for (const entry of batch) entries.push(await readEntry(destination, entry))
    }
  } catch (error) {
    if (wordOf(error) === 'archive-invalid') return undefined
    throw error
  }
  const { time } = destination.versions[version]!
  return { time: formatTime(time.getTime() / 1000), entries, leftOut }
}

async function read(vector: DestinationVector): Promise<VectorReading> {
  try {
    const { prefix, passphrase } = vector
    using destination = await openDestination({ source: sourceOf(vector), prefix, passphrase })
    const versions: ReadVersion[] = []
    for (const { number } of destination.versions) {
      const version = await readVersion(destination, number)
      if (version !== undefined) versions.push(version)
    }
    return { versions }
  } catch (error) {
    return { error: wordOf(error) }
  }
}

const destinations = formatVectors().vectors.filter(({ kind }) => kind === 'destination')

test.each(destinations.map(({ id }) => id))('the destination %s is read as its vector says', async (id) => {
  const vector = readFormatVector(id) as DestinationVector
  expect(compareReading(vector, await read(vector))).toEqual([])
})
