/** What JavaScript itself allocated and copied; native code is not seen. */
export interface ByteCounts {
  /** Arrays of bytes with memory of their own. */
  arrays: number
  allocatedBytes: number
  copiedBytes: number
}

/** Counts what is allocated and copied while `work` runs on this thread. */
export async function countBytes(work: () => Promise<unknown>): Promise<ByteCounts> {
  const counts: ByteCounts = { arrays: 0, allocatedBytes: 0, copiedBytes: 0 }
  const allocated = (sizeBytes: number): void => {
    counts.arrays += 1
    counts.allocatedBytes += sizeBytes
  }
  const copied = (sizeBytes: number): void => {
    counts.copiedBytes += sizeBytes
  }
  const PlainArray = globalThis.Uint8Array
  const { set, slice } = PlainArray.prototype
  const { alloc, allocUnsafe, concat } = Buffer
  const { copy } = Buffer.prototype
  globalThis.Uint8Array = new Proxy(PlainArray, {
    construct(target, args, self) {
      const bytes = Reflect.construct(target, args, self === globalThis.Uint8Array ? target : self)
      if (!isBuffer(args[0])) allocated(bytes.byteLength)
      if (typeof args[0] === 'object' && !isBuffer(args[0])) copied(bytes.byteLength)
      return bytes
    }
  })
  PlainArray.prototype.set = function (from, at) {
    copied(from.length)
    set.call(this, from, at)
  }
  PlainArray.prototype.slice = function (from, to) {
    const bytes = slice.call(this, from, to)
    allocated(bytes.length)
    copied(bytes.length)
    return bytes
  }
  Buffer.alloc = (size, ...rest) => {
    allocated(size)
    return alloc(size, ...rest)
  }
  Buffer.allocUnsafe = (size) => {
    allocated(size)
    return allocUnsafe(size)
  }
  Buffer.concat = (list, size) => {
    const bytes = concat(list, size)
    allocated(bytes.length)
    copied(bytes.length)
    return bytes
  }
  Buffer.prototype.copy = function (...args: Parameters<typeof copy>) {
    const count = copy.apply(this, args)
    copied(count)
    return count
  }
  try {
    await work()
  } finally {
    globalThis.Uint8Array = PlainArray
    Object.assign(PlainArray.prototype, { set, slice })
    Object.assign(Buffer, { alloc, allocUnsafe, concat })
    Buffer.prototype.copy = copy
  }
  return counts
}

function isBuffer(value: unknown): boolean {
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer
}
