import { statfsSync } from 'node:fs'

/** Bytes that this user can still write where `path` is; undefined when the system does not say. */
export function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  } catch {
    return undefined
  }
}
