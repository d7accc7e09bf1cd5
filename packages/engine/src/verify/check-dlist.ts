import { createHash } from 'node:crypto'
import { type CatalogReader, type EntryRow, openStoredVolume } from '@tercet/core'
import type { AesCryptKeyring } from '@tercet/crypto'
import { toBase64 } from '@tercet/crypto'
import { isTercetError } from '@tercet/interface'
import type { DlistEntry } from '@tercet/volume-format'
import type { StoredSettings } from '../common/stored-settings.ts'
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

/** Differences of one list that are named; more are only counted. */
const MAX_NAMED = 1000

/** Reads a list and compares it with the catalog in both directions. */
export async function checkDlist(catalog: CatalogReader, options: CheckDlistOptions): Promise<VolumeFault[]> {
  const faults: VolumeFault[] = []
  try {
    const { path, name, keyring, expected } = options
    const { blocksize, blockHash, fileHash } = options.settings
    const settings = { blocksize, blockHash, fileHash }
    using reader = openStoredVolume({ path, name, keyring, expected, settings })
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
    if (await haveSameDigest(entries(), catalog, options.seq)) return faults
    faults.length = 0
    for await (const fault of differences(entries(), catalog, options.seq)) faults.push(fault)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!isTercetError(error)) throw error
    faults.push({ code: error.code, severity: 'error', message: error.message })
  }
  return faults
}

/**
 * Paths are unique within a list, so the sum (exclusive or) of a hash of each entry tells whether two lists are equal,
 * in any order and without keeping either.
 */
async function haveSameDigest(
  listed: AsyncIterable<readonly DlistEntry[]>,
  catalog: CatalogReader,
  seq: number
): Promise<boolean> {
  const sum = new Uint8Array(32)
  const add = (record: string): void => {
    const digest = createHash('sha256').update(record).digest()
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) ^ (digest[i] as number)
  }
  for await (const batch of listed) for (const entry of batch) add(`${entry.path}\0${listedRecord(entry)}`)
  for (const row of catalog.entries.of({ seq })) add(`${row.path}\0${knownRecord(row)}`)
  return sum.every((byte) => byte === 0)
}

async function* differences(
  listed: AsyncIterable<readonly DlistEntry[]>,
  catalog: CatalogReader,
  seq: number
): AsyncGenerator<VolumeFault> {
  const records = new Map<string, string>()
  for await (const batch of listed) for (const entry of batch) records.set(entry.path, listedRecord(entry))
  let named = 0
  const fault = (code: string, severity: 'warning' | 'error', path: string, why: string): VolumeFault[] =>
    ++named > MAX_NAMED ? [] : [{ code, severity, message: `${path} ${why}` }]
  for (const row of catalog.entries.of({ seq })) {
    const record = records.get(row.path)
    records.delete(row.path)
    if (record === undefined) yield* fault('VERIFY_ENTRY_MISSING', 'error', row.path, 'is not in the list')
    else if (record !== knownRecord(row)) {
      yield* fault('VERIFY_ENTRY_MODIFIED', 'error', row.path, 'is otherwise in the list than in the catalog')
    }
  }
  for (const path of records.keys()) {
    yield* fault('VERIFY_ENTRY_EXTRA', 'error', path, 'is in the list and not in the catalog')
  }
}

function listedRecord(entry: DlistEntry): string {
  const isFile = entry.type === 'File'
  return record(
    entry.type.toLowerCase(),
    isFile ? entry.sizeBytes : 0,
    isFile ? entry.time : undefined,
    isFile ? entry.hash : undefined,
    entry.metaHash
  )
}

function knownRecord(row: EntryRow): string {
  return record(row.type, row.size, row.mtime, row.hash, row.metaHash)
}

function record(
  type: string,
  size: number | undefined,
  time: number | undefined,
  hash: Uint8Array | undefined,
  metaHash: Uint8Array | undefined
): string {
  const text = (bytes: Uint8Array | undefined): string => (bytes === undefined ? '' : toBase64(bytes))
  return `${type}\0${size ?? 0}\0${time ?? ''}\0${text(hash)}\0${text(metaHash)}`
}
