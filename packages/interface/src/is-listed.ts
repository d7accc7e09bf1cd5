import type { ListOptions } from './storage-backend.ts'

/** True for paths that a listing with these options holds. */
export function isListed(path: string, options: ListOptions | undefined): boolean {
  const folder = options?.under === undefined ? '' : `${options.under}/`
  if (!path.startsWith(folder)) return false
  const nameAt = path.lastIndexOf('/') + 1
  if (options?.recursive === false && nameAt > folder.length) return false
  return path.startsWith(options?.namePrefix ?? '', nameAt)
}
