import { createHash } from 'node:crypto'
import { createMemoryBackend } from '@tercet/backend-memory'
import { openCatalog } from '@tercet/core'
import { bytesSource } from '@tercet/interface'
import {
  compareReading,
  createTemporaryFolder,
  type DestinationVector,
  describeTree,
  formatVectors,
  type ReadEntry,
  type ReadVersion,
  readFormatVector,
  type VectorErrorWord,
  type VectorReading
} from '@tercet/testkit-data'
import { formatTime } from '@tercet/volume-format'
import { expect, test } from 'vitest'
import { entries, versions } from '../src/browse/browse.ts'
import type { Entry } from '../src/browse/browse-types.ts'
import type { EngineContext } from '../src/common/context.ts'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { readFile } from '../src/restore/read-file.ts'
import { restore } from '../src/restore/restore.ts'

/** The words of the vectors for our codes. */
const WORDS: Readonly<Record<string, VectorErrorWord>> = {
  ENGINE_PASSPHRASE_MISSING: 'no-passphrase',
  ENGINE_PASSPHRASE_WRONG: 'wrong-passphrase',
  RECREATE_DESTINATION_EMPTY: 'no-backup',
  RECREATE_NO_BACKUP: 'no-backup',
  VOLUME_MANIFEST_VERSION: 'unsupported-version',
  VOLUME_UNSUPPORTED_COMPRESSION: 'unsupported-kind',
  RESTORE_FILE_LOST: 'block-missing',
  RESTORE_HASH_MISMATCH: 'content-differs',
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

async function readContent(context: EngineContext, version: number, entry: Entry): Promise<ReadEntry> {
  const { path, type, sizeBytes: size, modifiedAt } = entry
  if (type !== 'file') return { type, path }
  const about = { type, path, size, modified: modifiedAt!.getTime() / 1000 }
  try {
    const hash = createHash('sha256')
    for await (const chunk of readFile(context, { version, path })) hash.update(chunk)
    return { ...about, sha256: hash.digest('hex') }
  } catch (error) {
    return { ...about, error: wordOf(error) }
  }
}

/** The destination of a vector, with an empty catalog. */
async function openVector(vector: DestinationVector): Promise<EngineContext & AsyncDisposable> {
  const backend = createMemoryBackend()
  for (const { name, base64 } of vector.files)
    await backend.put(name, bytesSource(Buffer.from(base64, 'base64')))
  const catalog = await openCatalog({ path: undefined })
  return {
    backend,
    catalog,
    passphrase: vector.passphrase,
    workers: 0,
    async [Symbol.asyncDispose]() {
      catalog.close()
      await backend[Symbol.asyncDispose]()
    }
  }
}

/** What a new catalog of the destination has, and the content of all files. */
async function read(vector: DestinationVector): Promise<VectorReading> {
  await using context = await openVector(vector)
  try {
    const { issues } = await recreateCatalog(context, { prefix: vector.prefix })
    const found: ReadVersion[] = []
    for (const { number, createdAt, isPartial } of versions(context)) {
      const list: ReadEntry[] = []
      for (const entry of entries(context, { version: number }))
        list.push(await readContent(context, number, entry))
      const time = formatTime(createdAt.getTime() / 1000)
      const leftOut = issues.flatMap((issue) =>
        issue.path !== undefined && issue.volume?.includes(time) === true
          ? [{ path: issue.path, error: wordOf(issue) }]
          : []
      )
      found.push({ time, isFull: !isPartial, entries: list, leftOut })
    }
    return { versions: found }
  } catch (error) {
    return { error: wordOf(error) }
  }
}

const destinations = formatVectors().vectors.filter(({ kind }) => kind === 'destination')

test.each(destinations.map(({ id }) => id))('the destination %s is read as its vector says', async (id) => {
  const vector = readFormatVector(id) as DestinationVector
  expect(compareReading(vector, await read(vector))).toEqual([])
})

const damaged = destinations.filter(({ outcome }) => outcome === 'partly')

test.each(damaged.map(({ id }) => id))(
  'of the destination %s nothing is restored but what is whole',
  async (id) => {
    const vector = readFormatVector(id) as DestinationVector
    await using folder = await createTemporaryFolder()
    await using context = await openVector(vector)
    await recreateCatalog(context, { prefix: vector.prefix })
    const plan = await planRestore(context, { version: 0, to: folder.join('restored') })
    await restore(context, plan)
    const restored = (await describeTree(folder.join('restored'))).flatMap(({ sha256 }) => sha256 ?? [])
    const whole = vector.versions![0]!.entries.flatMap(({ sha256 }) => sha256 ?? [])
    expect(restored.sort()).toEqual(whole.sort())
  }
)
