/** How to tell whether bytes are what was once stored under a name: by what was recorded, or by looking into them. */
import type { ByteSource, CallOptions } from '@tercet/interface'
import { createDigest, toHex } from '../digests.ts'
import type { RecordedFile } from '../sync-options.ts'

/**
 * Looks into the content of a file: resolves with true when it is whole. It resolves with false, or rejects, when it is
 * damaged; the bytes can be read any number of times until then. A volume that is encrypted can be told by its
 * authentication code.
 */
export type VerifyContent = (path: string, content: ByteSource, options: CallOptions) => Promise<boolean>

export interface ContentChecks {
  /** What was recorded when the files were stored, such as by the verification file. A `Map` is one. */
  readonly recorded?: { get(path: string): RecordedFile | undefined } | undefined
  /** Asked where nothing is recorded. */
  readonly verify?: VerifyContent | undefined
}

/** True: whole, false: damaged, undefined: there is nothing to tell it by. */
export async function isIntact(
  path: string,
  content: ByteSource,
  { recorded, verify }: ContentChecks,
  options: CallOptions
): Promise<boolean | undefined> {
  const known = recorded?.get(path)
  if (known !== undefined) return await hasHash(content, known, options)
  if (verify === undefined) return undefined
  try {
    return await verify(path, content, options)
  } catch {
    options.signal?.throwIfAborted()
    return false
  }
}

async function hasHash(content: ByteSource, known: RecordedFile, options: CallOptions): Promise<boolean> {
  if (content.size !== known.sizeBytes) return false
  const digest = createDigest(known.hashAlgorithm)
  for await (const chunk of content.open(options)) digest.update(chunk)
  return digest.digest('hex') === toHex(known.hash)
}
