import { createHash } from 'node:crypto'
import type { CatalogReader, EntryRow } from '@tercet/core'
import { equalBytes, toBase64 } from '@tercet/crypto'
import type { DlistEntry } from '@tercet/volume-format'
import type { VolumeFault } from './verify-jobs.ts'

/** Differences of one list that are named; more are only counted. */
const MAX_NAMED = 1000

/** True where list and catalog have the same entries in the order in which we write lists: field by field, in one pass. */
export async function isSameInOrder(
  listed: AsyncIterable<readonly DlistEntry[]>,
  catalog: CatalogReader,
  seq: number
): Promise<boolean> {
  const rows = catalog.entries.of({ seq })
  try {
    for await (const batch of listed) {
      for (const entry of batch) {
        const row = rows.next().value
        if (row === undefined || !isSame(entry, row)) return false
      }
    }
    return rows.next().done === true
  } finally {
    rows.return(undefined)
  }
}

function isSame(entry: DlistEntry, row: EntryRow): boolean {
  if (entry.path !== row.path || TYPES[entry.type] !== row.type) return false
  if (!isSameHash(entry.metaHash, row.metaHash)) return false
  if (entry.type !== 'File') return true
  return (entry.sizeBytes ?? 0) === row.size && entry.time === row.mtime && isSameHash(entry.hash, row.hash)
}

const TYPES = { File: 'file', Folder: 'folder', Symlink: 'symlink' } as const

function isSameHash(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b)
}

/**
 * In any order: paths are unique within a list, so the sum (exclusive or) of a hash of each entry tells whether two
 * lists are equal, without keeping either.
 */
export async function haveSameDigest(
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

/** Every difference; for the few lists that have any, with a string for each entry. */
export async function* differences(
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
