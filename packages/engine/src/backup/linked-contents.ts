import type { CatalogReader, NewBlockset } from '@tercet/core'
import { SIGNATURE_BYTES } from '@tercet/source-fs'
import type { LinkBatch } from './scan-answer.ts'
import type { PackedStream } from './stream-packer.ts'

/** For each entry of a batch what is known of its file by its first name; plain data, to be sent to a worker. */
export interface LinkedContents {
  /** The state of the file that was read; zeros: nothing is known. */
  readonly signatures: Uint8Array
  readonly contents: readonly (PackedStream | undefined)[]
}

/** Looks up what is stored of the first names, which must have been recorded. */
export function linkedContents(catalog: CatalogReader, { batch, firsts }: LinkBatch): LinkedContents {
  const known = catalog.entries.currentContents(firsts.split('\0'))
  const signatures = new Uint8Array(batch.count * SIGNATURE_BYTES)
  const contents = known.map((content, index): PackedStream | undefined => {
    if (content === undefined) return undefined
    const { hash, size, signature, blocks } = content
    signatures.set(signature, index * SIGNATURE_BYTES)
    const blockset: NewBlockset | undefined = blocks && { hash, size, ...blocks }
    return { hash, sizeBytes: size, blockset }
  })
  return { signatures, contents }
}
