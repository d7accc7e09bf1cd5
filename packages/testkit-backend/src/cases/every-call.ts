import type { CallOptions, StorageBackend } from '@tercet/interface'
import { collect, sourceOf } from '../case-context.ts'

/** One call of every method that every backend supports, with what it needs. */
export function everyCall(
  backend: StorageBackend,
  path: string,
  options: CallOptions = {}
): readonly (readonly [name: string, call: () => Promise<unknown>])[] {
  const { capabilities } = backend
  const calls: (readonly [boolean, string, () => Promise<unknown>])[] = [
    [true, 'list', () => collect(backend.list(options))],
    [true, 'stat', () => backend.stat(path, options)],
    [true, 'get', () => collect(backend.get(path, options))],
    [true, 'put', () => backend.put(path, sourceOf('other'), options)],
    [true, 'delete', () => backend.delete(path, options)],
    [true, 'deleteMany', () => backend.deleteMany([path], options)],
    [true, 'localFile', () => backend.localFile(path, options)],
    [capabilities.rename, 'rename', () => backend.rename(path, `${path}-2`, options)],
    [capabilities.serverSideCopy, 'copy', () => backend.copy(path, `${path}-2`, options)],
    [capabilities.createFolder, 'createFolder', () => backend.createFolder('', options)],
    [capabilities.quota, 'quota', () => backend.quota(options)],
    [capabilities.objectLock, 'getLock', () => backend.getLock(path, options)],
    [capabilities.archive, 'restoreArchived', () => backend.restoreArchived(path, options)]
  ]
  for (const algorithm of capabilities.checksums) {
    calls.push([true, `checksum ${algorithm}`, () => backend.checksum(path, algorithm, options)])
  }
  return calls.filter(([supported]) => supported).map(([, name, call]) => [name, call] as const)
}
