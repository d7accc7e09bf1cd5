/**
 * What a file is, by its name, and the order that follows from it: a version may be visible only where all that it
 * needs is, so data comes before its index, that before the list of the version, and other files come last.
 */
import { parseVolumeName, verificationFileName } from '@tercet/volume-format'

export type FileClass = 'dblock' | 'dindex' | 'dlist' | 'other'

/** In the order in which files are put; they are deleted with the lists first. */
export const PUT_ORDER: readonly FileClass[] = ['dblock', 'dindex', 'dlist', 'other']
export const DELETE_ORDER: readonly FileClass[] = ['dlist', 'dindex', 'dblock', 'other']

export interface SyncScope {
  /** Of the volumes' names; undefined: any. */
  readonly prefix: string | undefined
  /** Any file is replicated, in folders too. */
  readonly mirrorAll: boolean
}

/** The class of a file that is to be replicated; undefined for a foreign one. */
export function classOf(path: string, scope: SyncScope): FileClass | undefined {
  const volume = parseVolumeName(path, { prefix: scope.prefix })
  // A companion of a volume serves to mend it and makes no version visible.
  if (volume !== undefined) return volume.parity === undefined ? volume.type : 'other'
  if (scope.mirrorAll) return 'other'
  return scope.prefix !== undefined && path === verificationFileName(scope.prefix) ? 'other' : undefined
}

/**
 * Orders files as they are put: by class; lists of versions oldest first, which is the order of their names; the
 * verification file after everything that it speaks of.
 */
export function comparePutOrder(
  a: { readonly path: string; readonly class: FileClass },
  b: { readonly path: string; readonly class: FileClass }
): number {
  const byClass = PUT_ORDER.indexOf(a.class) - PUT_ORDER.indexOf(b.class)
  if (byClass !== 0) return byClass
  const byLast = Number(isVerificationName(a.path)) - Number(isVerificationName(b.path))
  return byLast !== 0 ? byLast : compareText(a.path, b.path)
}

export function isVerificationName(path: string): boolean {
  return path.endsWith('-verification.json')
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
