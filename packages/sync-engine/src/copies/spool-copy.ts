import { abortable, type ByteSource, type CallOptions, type StorageBackend } from '@tercet/interface'
import type { SpoolFolder } from '../transfer/spool-folder.ts'

/** All bytes of a file, on this machine until it is disposed. */
export interface SpooledCopy extends AsyncDisposable {
  readonly content: ByteSource
}

export interface SpoolCopyOptions extends CallOptions {
  /** Where it is known; a file that is longer is not read to its end. */
  readonly sizeBytes?: number | undefined
}

/** Reads a file of a place into the spool. Rejects as the place does, and with `SYNC_SPOOL_FAILED`. */
export async function spoolCopy(
  place: StorageBackend,
  path: string,
  folder: SpoolFolder,
  { sizeBytes = Number.POSITIVE_INFINITY, signal }: SpoolCopyOptions
): Promise<SpooledCopy> {
  const spooled = await folder.create(sizeBytes)
  try {
    let received = 0
    for await (const chunk of abortable(place.get(path, { signal }), signal)) {
      received += chunk.byteLength
      await spooled.write(chunk)
      if (received > sizeBytes) break
    }
    const content = await spooled.finish()
    return { content, [Symbol.asyncDispose]: () => spooled.dispose() }
  } catch (error) {
    await spooled.dispose()
    throw error
  }
}
