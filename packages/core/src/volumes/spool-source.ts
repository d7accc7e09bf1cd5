import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { ByteSource, StorageBackend } from '@tercet/interface'

const CHUNK_BYTES = 262_144

/** A file of the spool, which whoever stores it may take over instead of copying it. */
export function spoolSource(path: string, sizeBytes: number): ByteSource {
  return { ...fileSource(path, sizeBytes), localFile: { path, adoptable: true } }
}

/**
 * The bytes of a volume that was just stored, for those who are told of it: from the spool, or where the destination
 * has taken that file over, from the destination itself. Nobody may take them over any more.
 */
export async function storedSource(
  backend: StorageBackend,
  name: string,
  spoolPath: string,
  sizeBytes: number
): Promise<ByteSource> {
  const path = existsSync(spoolPath) ? spoolPath : await backend.localFile(name)
  if (path === undefined) return { size: sizeBytes, open: (options) => backend.get(name, options) }
  return { ...fileSource(path, sizeBytes), localFile: { path, adoptable: false } }
}

/** The bytes of a file that stays where it is. */
export function fileSource(path: string, sizeBytes: number): ByteSource {
  return {
    size: sizeBytes,
    async *open(options) {
      options?.signal?.throwIfAborted()
      const file = await open(path, 'r')
      try {
        for (;;) {
          const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES)
          options?.signal?.throwIfAborted()
          if (bytesRead === 0) return
          yield buffer.subarray(0, bytesRead)
        }
      } finally {
        await file.close()
      }
    }
  }
}
