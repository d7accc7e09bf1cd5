// Puts one large object, gets it back and tells how much memory that took: `node … MODULE EXPORT OPTIONS BYTES`.
import type { ByteSource, StorageBackend } from '@tercet/interface'

const [moduleUrl = '', name = '', options = '{}', bytes = '0'] = process.argv.slice(2)
const module = (await import(moduleUrl)) as Record<string, (options: unknown) => Promise<StorageBackend>>
const chunk = Buffer.alloc(256 * 1024)
for (let index = 0; index < chunk.byteLength; index++) chunk[index] = (index * 31) ^ (index >> 8)

const source: ByteSource = {
  size: Number(bytes),
  async *open() {
    for (let left = Number(bytes); left > 0; left -= chunk.byteLength)
      yield left < chunk.byteLength ? chunk.subarray(0, left) : chunk
  }
}

const open = module[name]
if (open === undefined) throw new Error(`${moduleUrl} has no ${name}`)
const backend = await open(JSON.parse(options))
await backend.put('large', source)
let received = 0
for await (const part of backend.get('large')) {
  for (let at = 0; at < part.byteLength; at += 65_537)
    if (part[at] !== chunk[(received + at) % chunk.byteLength])
      throw new Error(`Byte ${received + at} is another`)
  received += part.byteLength
}
await backend[Symbol.asyncDispose]()
process.stdout.write(JSON.stringify({ received, peakBytes: process.resourceUsage().maxRSS * 1024 }))
