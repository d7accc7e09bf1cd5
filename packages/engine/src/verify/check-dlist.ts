import { type CatalogReader, openStoredVolume } from '@tercet/core'
import type { AesCryptKeyring } from '@tercet/crypto'
import { isTercetError } from '@tercet/interface'
import type { DlistEntry } from '@tercet/volume-format'
import type { StoredSettings } from '../common/stored-settings.ts'
import { differences, haveSameDigest, isSameInOrder } from './compare-list.ts'
import type { VolumeFault } from './verify-jobs.ts'

export interface CheckDlistOptions {
  readonly path: string
  readonly name: string
  readonly expected: { readonly sizeBytes?: number | undefined; readonly hash?: Uint8Array | undefined }
  readonly keyring: AesCryptKeyring | undefined
  readonly settings: StoredSettings
  readonly hashOnly: boolean
  /** The version that the list is of; undefined: the catalog has none. */
  readonly seq: number | undefined
  readonly signal: AbortSignal | undefined
}

/** Reads a list and compares it with the catalog in both directions. */
export async function checkDlist(catalog: CatalogReader, options: CheckDlistOptions): Promise<VolumeFault[]> {
  const faults: VolumeFault[] = []
  try {
    const { path, name, keyring, expected } = options
    const { blocksize, blockHash, fileHash } = options.settings
    const settings = { blocksize, blockHash, fileHash }
    using reader = await openStoredVolume({ path, name, keyring, expected, settings })
    if (reader.type !== 'dlist' || options.hashOnly) return faults
    if (options.seq === undefined) {
      faults.push({
        code: 'VERIFY_VERSION_UNKNOWN',
        severity: 'error',
        message: 'the catalog knows no version of this list'
      })
      return faults
    }
    const entries = (): AsyncIterable<DlistEntry[]> =>
      reader.entries({
        signal: options.signal,
        onProblem: ({ code, message }) => faults.push({ code, severity: 'error', message })
      })
    for (const compare of [isSameInOrder, haveSameDigest]) {
      if (await compare(entries(), catalog, options.seq)) return faults
      // The next one reads the list anew.
      faults.length = 0
    }
    for await (const fault of differences(entries(), catalog, options.seq)) faults.push(fault)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!isTercetError(error)) throw error
    faults.push({ code: error.code, severity: 'error', message: error.message })
  }
  return faults
}
