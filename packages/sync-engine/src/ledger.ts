import { SyncError } from './sync-error.ts'

/** What is known of the content of one file at a replica, and since when. Plain JSON. */
export interface LedgerEntry {
  readonly sizeBytes: number
  /** Hexadecimal digest of the content that the file was put with or was found to have. */
  readonly sha256: string
  /** Milliseconds since 1970. */
  readonly verifiedAt: number
  /** `put`: acknowledged by the store; `checksum`: the store gave this digest; `download`: it was read. */
  readonly depth: 'put' | 'checksum' | 'download'
}

/** The ledger of one replica, by name. A `Map` is one. */
export interface SyncLedger {
  get(path: string): LedgerEntry | undefined
  set(path: string, entry: LedgerEntry): unknown
  delete(path: string): unknown
}

/** Text to be kept between runs; {@link decodeLedger} reads it. */
export function encodeLedger(ledger: ReadonlyMap<string, LedgerEntry>): string {
  return JSON.stringify({ version: 1, files: [...ledger] })
}

/** @throws SyncError `SYNC_LEDGER_INVALID`: begin with an empty one, which costs no more than verifying anew */
export function decodeLedger(text: string): Map<string, LedgerEntry> {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    throw invalid('it is no JSON', error)
  }
  const { version, files } = (data ?? {}) as { version?: unknown; files?: unknown }
  if (version !== 1) throw invalid('it is of another version')
  if (!Array.isArray(files)) throw invalid('it has no files')
  const ledger = new Map<string, LedgerEntry>()
  for (const item of files as unknown[]) {
    if (!Array.isArray(item) || typeof item[0] !== 'string' || !isEntry(item[1]))
      throw invalid('an entry is damaged')
    const { sizeBytes, sha256, verifiedAt, depth } = item[1]
    ledger.set(item[0], { sizeBytes, sha256, verifiedAt, depth })
  }
  return ledger
}

function isEntry(value: unknown): value is LedgerEntry {
  const entry = value as Partial<LedgerEntry> | null
  return (
    Number.isSafeInteger(entry?.sizeBytes) &&
    typeof entry?.sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(entry.sha256) &&
    typeof entry.verifiedAt === 'number' &&
    ['put', 'checksum', 'download'].includes(entry.depth as string)
  )
}

function invalid(why: string, cause?: unknown): SyncError {
  return new SyncError(
    'SYNC_LEDGER_INVALID',
    `The ledger cannot be understood: ${why}; begin with an empty one`,
    {
      cause
    }
  )
}
