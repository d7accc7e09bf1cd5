import { StorageError } from '@tercet/interface'

export function taken(path: string): StorageError {
  return new StorageError('STORAGE_EXISTS', `${JSON.stringify(path)} is there already`, { context: { path } })
}

export function changed(path: string): StorageError {
  return new StorageError('STORAGE_CONFLICT', `${JSON.stringify(path)} is not what it was`, {
    context: { path }
  })
}

export function full(path: string, reason: string): StorageError {
  return new StorageError('STORAGE_FULL', `Cannot store ${JSON.stringify(path)}: ${reason}`, {
    context: { path }
  })
}
