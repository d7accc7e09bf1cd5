import { join } from 'node:path'
import { assertStoragePath, isTercetError, type ListOptions, type StorageEntry } from '@tercet/interface'
import type { FileInfo, FileOperations } from './file-operations.ts'
import { isTemporaryName } from './temporary-names.ts'

/** Folders that systems keep at the top of a disk for themselves, and show to nobody. */
const SYSTEM_FOLDERS = new Set([
  'lost+found',
  'System Volume Information',
  '$RECYCLE.BIN',
  '.Trashes',
  '.Spotlight-V100'
])

/** How many files are looked at at the same time. */
const STATS_AT_ONCE = 32

/** Every file below `folder`, whose storage path is `prefix` (`''` for the root). Links are not entries. */
export async function* listFiles(
  files: FileOperations,
  folder: string,
  prefix: string,
  options: ListOptions | undefined
): AsyncGenerator<StorageEntry, void, undefined> {
  const pendingFolders = [prefix]
  for (let path = pendingFolders.pop(); path !== undefined; path = pendingFolders.pop()) {
    const here = path === prefix ? folder : join(folder, path.slice(prefix === '' ? 0 : prefix.length + 1))
    try {
      yield* listFolder(files, here, path, options, pendingFolders)
    } catch (error) {
      if (path === prefix || !isForgivable(path, error)) throw error
    }
  }
}

/** A folder below may vanish while the others are listed, and those of the system are none of ours. */
function isForgivable(path: string, error: unknown): boolean {
  if (isTercetError(error, 'STORAGE_ACCESS_DENIED')) return SYSTEM_FOLDERS.has(path)
  return isTercetError(error, 'STORAGE_NOT_FOUND')
}

async function* listFolder(
  files: FileOperations,
  folder: string,
  path: string,
  options: ListOptions | undefined,
  pendingFolders: string[]
): AsyncGenerator<StorageEntry, void, undefined> {
  const signal = options?.signal
  const seen = new Set<string>() // a file that is replaced meanwhile may be told twice
  let batch: string[] = []
  for await (const { name, type } of files.readFolder(folder)) {
    signal?.throwIfAborted()
    const entryPath = path === '' ? name : `${path}/${name}`
    if (type === 'link' || seen.has(name) || isTemporaryName(name) || !isStoragePath(entryPath)) continue
    seen.add(name)
    if (type === 'folder') pushFolder(entryPath, options, pendingFolders)
    else if (type === undefined || name.startsWith(options?.namePrefix ?? '')) batch.push(name)
    if (batch.length >= STATS_AT_ONCE) {
      yield* describe(files, folder, path, batch, options, pendingFolders)
      batch = []
    }
  }
  yield* describe(files, folder, path, batch, options, pendingFolders)
}

async function* describe(
  files: FileOperations,
  folder: string,
  path: string,
  names: readonly string[],
  options: ListOptions | undefined,
  pendingFolders: string[]
): AsyncGenerator<StorageEntry, void, undefined> {
  const infos = await Promise.all(names.map((name) => statIfThere(files, join(folder, name))))
  for (const [index, name] of names.entries()) {
    const info = infos[index]
    const entryPath = path === '' ? name : `${path}/${name}`
    options?.signal?.throwIfAborted()
    if (info?.type === 'file' && name.startsWith(options?.namePrefix ?? '')) yield fileEntry(entryPath, info)
    else if (info?.type === 'folder') pushFolder(entryPath, options, pendingFolders)
  }
}

function pushFolder(path: string, options: ListOptions | undefined, pendingFolders: string[]): void {
  if (options?.recursive !== false) pendingFolders.push(path)
}

async function statIfThere(files: FileOperations, path: string): Promise<FileInfo | undefined> {
  try {
    return await files.stat(path)
  } catch (error) {
    if (isTercetError(error, 'STORAGE_NOT_FOUND')) return undefined
    throw error
  }
}

/** What the contract says of a file. */
export function fileEntry(path: string, info: FileInfo): StorageEntry {
  return { path, sizeBytes: info.sizeBytes, modifiedAt: new Date(info.modifiedAtMs) }
}

function isStoragePath(path: string): boolean {
  try {
    assertStoragePath(path)
    return true
  } catch {
    return false
  }
}
