import type { Native, XattrCalls } from '@tercet/native'
import { dumpXattrs, type XattrsByPath } from './fattr-dump.ts'

/** Where extended attributes come from on this system. `none`: they are not backed up and not restored. */
export type XattrSupport = 'native' | 'programs' | 'none'

/** What this process can do with extended attributes, so that somebody can be told once. */
export function xattrSupport(native: Native | undefined): XattrSupport {
  if (native?.posix !== undefined) return 'native'
  if (process.platform !== 'linux') return 'none'
  return dumpXattrs(['/']) === undefined ? 'none' : 'programs'
}

/** Reads extended attributes. */
export interface XattrSource {
  /** Tells which paths will be asked for. */
  prefetch(paths: readonly string[]): void
  read(path: string, fd: number | undefined): readonly (readonly [name: string, value: Uint8Array])[]
}

const NONE: readonly never[] = Object.freeze([])

export function createXattrSource(native: Native | undefined): XattrSource {
  const xattrs = native?.posix?.xattrs
  if (xattrs !== undefined) return { prefetch: () => {}, read: (path, fd) => readNative(xattrs, fd ?? path) }
  return process.platform === 'linux' ? new ProgramSource() : { prefetch: () => {}, read: () => NONE }
}

function readNative(xattrs: XattrCalls, file: string | number): readonly [string, Uint8Array][] {
  const names = xattrs.list(file)
  if (names.length === 0) return NONE
  const pairs: [string, Uint8Array][] = []
  for (const name of names) {
    const value = xattrs.get(file, name)
    if (value !== undefined) pairs.push([name, value])
  }
  return pairs
}

/** Through `getfattr`: one run for the paths that were announced, one for each that was not. */
class ProgramSource implements XattrSource {
  #announced: ReadonlySet<string> = new Set()
  #found: XattrsByPath | undefined = new Map()

  prefetch(paths: readonly string[]): void {
    if (this.#found === undefined) return
    this.#announced = new Set(paths)
    this.#found = dumpXattrs(paths)
  }

  read(path: string): readonly (readonly [string, Uint8Array])[] {
    if (!this.#announced.has(path)) this.prefetch([path])
    return this.#found?.get(path) ?? NONE
  }
}
