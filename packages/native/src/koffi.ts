import { createRequire } from 'node:module'

/**
 * The part of koffi that is used here, typed as narrowly as that use. Arguments are numbers, strings and byte arrays;
 * byte arrays are handed over as pointers without a copy.
 */
export interface Koffi {
  load(path: string | null): KoffiLibrary
  errno(): number
  /** Where the bytes are. They stay there for as long as the array is reachable. */
  address(memory: Uint8Array): bigint
  /** The text that the pointer at the start of `memory` points to. */
  decode(memory: Uint8Array, type: 'str'): unknown
}

export interface KoffiLibrary {
  func<Call extends (...args: never[]) => unknown>(
    name: string,
    result: string,
    args: readonly string[]
  ): Call
}

let loaded: { readonly koffi: Koffi | undefined } | undefined

/**
 * Koffi, or undefined where the optional dependency is not installed or has no binary for this system. It is looked up
 * when it is first asked for, so importing this package costs nothing and cannot fail.
 */
export function koffi(): Koffi | undefined {
  loaded ??= { koffi: tryLoad() }
  return loaded.koffi
}

function tryLoad(): Koffi | undefined {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi
  } catch {
    return undefined
  }
}

/** The first of `paths` that can be opened and has `symbol`; `null` is the running process itself. */
export function openLibrary(
  ffi: Koffi,
  paths: readonly (string | null)[],
  symbol: string
): KoffiLibrary | undefined {
  for (const path of paths) {
    try {
      const library = ffi.load(path)
      library.func(symbol, 'int', [])
      return library
    } catch {}
  }
  return undefined
}
