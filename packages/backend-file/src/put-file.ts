import { createHash, timingSafeEqual } from 'node:crypto'
import { dirname } from 'node:path'
import {
  abortable,
  type ByteSource,
  type CallOptions,
  exactly,
  type PutOptions,
  StorageError
} from '@tercet/interface'
import { errnoOf } from './file-errors.ts'
import type { FileInfo, FileOperations, OpenFile } from './file-operations.ts'
import type { Place } from './file-places.ts'
import { type Filled, type Filling, type Publisher, publishFile, removeQuietly } from './publish-file.ts'

/** Puts the bytes of a `ByteSource` at `place`. */
export function putFile(
  publisher: Publisher,
  place: Place,
  source: ByteSource,
  mode: number,
  options: PutOptions | undefined
): Promise<FileInfo> {
  const { files } = publisher
  return publishFile(publisher, place, options, async (filling) => {
    return (
      (await adopt(files, filling.temporary, source, mode)) ??
      (await fill(files, filling, source, mode, options))
    )
  })
}

/** Copies the file `from` to `place`, on the side of the file server where that is possible. */
export function copyFile(
  publisher: Publisher,
  from: string,
  place: Place,
  mode: number,
  options: CallOptions | undefined
): Promise<FileInfo> {
  const { files } = publisher
  return publishFile(publisher, place, options, async ({ temporary }) => {
    await files.copy(from, temporary, 'any')
    await files.setMode(temporary, mode)
    return { info: await sync(files, temporary) }
  })
}

/** Gives the source's own file the name `temporary`; undefined where that is not allowed or not possible. */
async function adopt(
  files: FileOperations,
  temporary: string,
  source: ByteSource,
  mode: number
): Promise<Filled | undefined> {
  const local = source.localFile
  if (local?.adoptable !== true) return undefined
  const known = await files.stat(local.path).catch(() => undefined)
  if (known?.type !== 'file') return undefined // the source will say what is wrong when it is opened
  if (known.sizeBytes !== source.size) throw sizeMismatch(source.size, known.sizeBytes)
  try {
    await files.link(local.path, temporary)
  } catch (error) {
    // Another device, a file system without links, or a file that is not ours to link: its bytes are copied.
    if (['EXDEV', 'EPERM', 'EACCES', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(errnoOf(error) ?? ''))
      return undefined
    throw error
  }
  if ((known.mode & 0o777) !== mode) await files.setMode(temporary, mode)
  return { info: await sync(files, temporary), adopted: local.path }
}

async function sync(files: FileOperations, path: string): Promise<FileInfo> {
  const file = await files.open(path, 'sync')
  try {
    await file.sync()
    return await file.stat()
  } finally {
    await file.close()
  }
}

/** Writes the source's bytes to the new file `temporary`, or shares them with the source's own file. */
async function fill(
  files: FileOperations,
  filling: Filling,
  source: ByteSource,
  mode: number,
  options: PutOptions | undefined
): Promise<Filled> {
  const adopted = source.localFile?.adoptable ? { adopted: source.localFile.path } : {}
  const shared = await share(files, filling.temporary, source, mode)
  return { info: shared ?? (await write(files, filling, source, mode, options)), ...adopted }
}

/** Pairs of folders, for each backend, between which blocks cannot be shared. */
const knownUnshared = new WeakMap<FileOperations, Set<string>>()
const CANNOT_SHARE = ['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'ENOSYS', 'EINVAL', 'ENOTTY']

async function share(
  files: FileOperations,
  temporary: string,
  source: ByteSource,
  mode: number
): Promise<FileInfo | undefined> {
  if (source.localFile === undefined) return undefined
  // Whether two places share blocks does not change from file to file, and finding out costs as much as a small file.
  const pair = `${dirname(source.localFile.path)}\0${dirname(temporary)}`
  const unshared = knownUnshared.get(files) ?? new Set()
  if (unshared.has(pair)) return undefined
  try {
    await files.copy(source.localFile.path, temporary, 'only-shared')
  } catch (error) {
    if (CANNOT_SHARE.includes(errnoOf(error) ?? '')) knownUnshared.set(files, unshared.add(pair))
    await removeQuietly(files, temporary) // some systems create the file before they find that they cannot
    return undefined
  }
  await files.setMode(temporary, mode)
  const info = await sync(files, temporary)
  if (info.sizeBytes !== source.size) throw sizeMismatch(source.size, info.sizeBytes)
  return info
}

/** Files up to that size, whose bytes are all here, are written and synced in a moment. */
const SMALL_BYTES = 1024 * 1024

async function write(
  files: FileOperations,
  { temporary, nearlyDone }: Filling,
  source: ByteSource,
  mode: number,
  options: PutOptions | undefined
): Promise<FileInfo> {
  const signal = options?.signal
  const hash = options?.sha256 === undefined ? undefined : createHash('sha256')
  let file: OpenFile | undefined
  const opened = async () => (file ??= await files.open(temporary, 'create', mode))
  try {
    let sent = 0
    for await (const chunk of abortable(exactly(source, { signal }), signal)) {
      if (chunk.byteLength === source.size && source.size <= SMALL_BYTES) nearlyDone()
      await (await opened()).write(chunk)
      hash?.update(chunk)
      sent += chunk.byteLength
      report(options, sent)
    }
    if (hash !== undefined) assertDigest(hash.digest(), options?.sha256 as Uint8Array)
    const complete = await opened()
    await complete.sync()
    return await complete.stat()
  } finally {
    await file?.close()
  }
}

function report(options: PutOptions | undefined, sent: number): void {
  try {
    options?.onProgress?.(sent)
  } catch {
    // Display only.
  }
}

function assertDigest(actual: Buffer, wanted: Uint8Array): void {
  if (actual.byteLength === wanted.byteLength && timingSafeEqual(actual, wanted)) return
  throw new StorageError(
    'STORAGE_CORRUPT',
    'The bytes of the source do not have the SHA-256 that was announced'
  )
}

function sizeMismatch(announced: number, seen: number): StorageError {
  return new StorageError(
    'STORAGE_SOURCE_MISMATCH',
    `The source announced ${announced} bytes; its file has ${seen}`,
    {
      context: { announced, seen }
    }
  )
}
