import type { Koffi, KoffiLibrary } from './koffi.ts'
import { type SystemName, systemError } from './system-error.ts'

/** Result types of the C functions that are bound here; each of them says -1 when it fails. */
export type ResultType = 'int' | 'intptr_t'

type Call<Args extends unknown[]> = (...args: Args) => number

const EINVAL = 22

/**
 * Binds functions of the C library. The type `path` stands for text or raw bytes: text goes down without a copy in
 * JavaScript; where one path is bytes, the others become bytes too.
 */
export class Binder {
  readonly ffi: Koffi
  readonly library: KoffiLibrary

  constructor(ffi: Koffi, library: KoffiLibrary) {
    this.ffi = ffi
    this.library = library
  }

  /** A function that throws, when the system call fails, what Node's `fs` would throw. */
  call<Args extends unknown[]>(
    symbol: string,
    types: readonly string[],
    result: ResultType = 'int'
  ): Call<Args> {
    const position = types.indexOf('path')
    const answer = this.answer<Args>(symbol, types, result)
    return (...args) => {
      const value = answer(...args)
      if (value < 0) {
        throw systemError(-value, symbol, position < 0 ? undefined : (args[position] as SystemName))
      }
      return value
    }
  }

  /** A function that answers a failed system call with its negative error number; for failures that are ordinary. */
  answer<Args extends unknown[]>(symbol: string, types: readonly string[], result: ResultType): Call<Args> {
    const bind = (path: string) => {
      const resolved = types.map((type) => (type === 'path' ? path : type))
      return this.library.func<Call<unknown[]>>(symbol, result, resolved)
    }
    const { ffi } = this
    const text = bind('str')
    const positions = types.flatMap((type, position) => (type === 'path' ? [position] : []))
    if (positions.length === 0) {
      return (...args) => {
        const value = text(...args)
        return value < 0 ? -ffi.errno() : value
      }
    }
    const raw = bind('void *')
    return (...args) => {
      let isText = true
      for (const position of positions) {
        const name = args[position] as SystemName
        if (typeof name !== 'string') isText = false
        else if (name.includes('\0')) return -EINVAL
      }
      const actual = isText ? args : terminated(args, positions)
      if (actual === undefined) return -EINVAL
      const value = isText ? text(...actual) : raw(...actual)
      return value < 0 ? -ffi.errno() : value
    }
  }
}

/** The arguments with each path as bytes that end with the zero which C expects; undefined if one has a zero inside. */
function terminated(args: readonly unknown[], positions: readonly number[]): unknown[] | undefined {
  const copy = [...args]
  for (const position of positions) {
    const name = Buffer.from(copy[position] as string)
    if (name.includes(0)) return undefined
    copy[position] = Buffer.concat([name, Buffer.of(0)])
  }
  return copy
}
