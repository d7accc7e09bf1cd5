import { abortable, type ByteSource, exactly, type PutOptions, StorageError } from '@tercet/interface'
import { memoryChecksum } from './memory-checksum.ts'

/** All bytes of a source, exactly as many as it announced. */
export async function readAll(source: ByteSource, options: PutOptions | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let sent = 0
  for await (const chunk of abortable(exactly(source, options), options?.signal)) {
    chunks.push(chunk)
    sent += chunk.byteLength
    try {
      options?.onProgress?.(sent)
    } catch {
      // Display only.
    }
  }
  const { buffer, byteOffset, byteLength } = Buffer.concat(chunks)
  return new Uint8Array(buffer, byteOffset, byteLength) // the `slice` of a Buffer would share its memory
}

/** Rejects bytes that were damaged on the way. */
export function assertDigest(path: string, bytes: Uint8Array, wanted: Uint8Array): void {
  if (Buffer.compare(memoryChecksum('SHA256', bytes) as Uint8Array, wanted) === 0) return
  throw new StorageError('STORAGE_CORRUPT', `What arrived for ${JSON.stringify(path)} has another SHA-256`, {
    context: { path }
  })
}
