import type { ByteSource, StorageBackend } from '@tercet/interface'

/** Puts one large object, gets it back, and prints how much memory the process has had for that. */
export async function transfer(
  open: (options: unknown) => StorageBackend | Promise<StorageBackend>,
  options: unknown,
  bytes: number
): Promise<void> {
  const chunk = Buffer.alloc(256 * 1024)
  for (let index = 0; index < chunk.byteLength; index++) chunk[index] = (index * 31) ^ (index >> 8)
  const source: ByteSource = {
    size: bytes,
    async *open() {
      for (let left = bytes; left > 0; left -= chunk.byteLength)
        yield left < chunk.byteLength ? chunk.subarray(0, left) : chunk
    }
  }
  const backend = await open(options)
  if (backend.capabilities.createFolder) await backend.createFolder('')
  await backend.put('large', source)
  let received = 0
  for await (const part of backend.get('large')) {
    for (let at = 0; at < part.byteLength; at += 65_537)
      if (part[at] !== chunk[(received + at) % chunk.byteLength])
        throw new Error(`Byte ${received + at} is another`)
    received += part.byteLength
  }
  await backend.delete('large')
  await backend[Symbol.asyncDispose]()
  process.stdout.write(JSON.stringify({ received, peakBytes: process.resourceUsage().maxRSS * 1024 }))
}
