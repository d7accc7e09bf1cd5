import { type CatalogVolume, openStoredVolume } from '@tercet/core'
import { type CallOptions, isTercetError } from '@tercet/interface'
import type { ControlFile } from '@tercet/volume-format'
import type { Maintenance } from '../common/open-maintenance.ts'

/** What a list of a version has besides its entries. */
export interface ListExtras {
  readonly isFull: boolean
  readonly controlFiles: readonly ControlFile[]
}

/**
 * Fetches the list of a version for what the catalog does not know of it, so that a list that takes its place has it,
 * too (W36).
 *
 * @throws VolumeError, CryptoError where it is damaged; StorageError; `signal.reason`
 */
async function readListExtras(
  { store, settings, keys }: Maintenance,
  list: CatalogVolume,
  options: CallOptions
): Promise<ListExtras> {
  using fetched = await store.fetch(list, options)
  const { blocksize, blockHash, fileHash } = settings
  using reader = await openStoredVolume({
    path: fetched.path,
    name: list.name,
    keyring: keys?.keyring,
    settings: { blocksize, blockHash, fileHash },
    expected: { sizeBytes: list.size, hash: list.hash }
  })
  if (reader.type !== 'dlist') throw new TypeError(`${list.name} is no list of a version`)
  return { isFull: reader.isFull, controlFiles: [...reader.controlFiles()] }
}

/** The same, or why the list itself cannot be used. @throws whatever is wrong with the way to it */
export async function tryListExtras(
  maintenance: Maintenance,
  list: CatalogVolume,
  options: CallOptions
): Promise<{ readonly extras: ListExtras } | { readonly damage: ListDamage }> {
  try {
    return { extras: await readListExtras(maintenance, list, options) }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!isListDamage(error)) throw error
    return { damage: error }
  }
}

export type ListDamage = Error & { readonly code: string }

function isListDamage(error: unknown): error is ListDamage {
  return isTercetError(error) && (/^(VOLUME|CRYPTO)_/.test(error.code) || LOST.has(error.code))
}

const LOST: ReadonlySet<string> = new Set(['STORAGE_NOT_FOUND', 'DESTINATION_VOLUME_DAMAGED'])
