import type { ObservedOperation, OperationObserver } from '@tercet/interface'
import { fileError } from './file-errors.ts'
import type { FileOperations, OpenFile } from './file-operations.ts'

/**
 * The same operations, failing with `StorageError`, and with each one that changes something announced to `observer`.
 * Errors of the observer itself pass through untranslated.
 */
export function guardOperations(files: FileOperations, observer?: OperationObserver): FileOperations {
  const observed = async <T>(name: string, path: string, step: () => Promise<T>): Promise<T> => {
    if (observer === undefined) return await translated(name, path, step)
    const operation: ObservedOperation = { kind: 'file', name, path }
    observer(operation, 'before')
    const result = await translated(name, path, step)
    observer(operation, 'after')
    return result
  }
  const guardFile = (path: string, file: OpenFile): OpenFile => ({
    stat: () => translated('look at', path, () => file.stat()),
    read: (into, position) => translated('read', path, () => file.read(into, position)),
    write: (bytes) => observed('write', path, () => file.write(bytes)),
    sync: () => observed('sync', path, () => file.sync()),
    close: () => translated('close', path, () => file.close())
  })
  return {
    async open(path, purpose, mode) {
      const open = () => files.open(path, purpose, mode)
      return guardFile(
        path,
        await (purpose === 'create' ? observed('create', path, open) : translated('open', path, open))
      )
    },
    stat: (path) => translated('look at', path, () => files.stat(path)),
    async *readFolder(path) {
      try {
        yield* files.readFolder(path)
      } catch (error) {
        throw fileError(error, 'list', path)
      }
    },
    makeFolder: (path, mode) => observed('make folder', path, () => files.makeFolder(path, mode)),
    syncFolder: (path) => observed('sync folder', path, () => files.syncFolder(path)),
    rename: (from, to) => observed('rename', to, () => files.rename(from, to)),
    link: (existing, path) => observed('link', path, () => files.link(existing, path)),
    unlink: (path) => observed('delete', path, () => files.unlink(path)),
    setMode: (path, mode) => observed('set the mode of', path, () => files.setMode(path, mode)),
    copy: (from, to, how) => observed('copy', to, () => files.copy(from, to, how)),
    space: (path) => translated('measure', path, () => files.space(path))
  }
}

async function translated<T>(call: string, path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw fileError(error, call, path)
  }
}
