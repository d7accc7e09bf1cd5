import type { StorageBackend, StorageEntry } from '@tercet/interface'

/** What an object of a lease says. */
export interface LeaseRecord {
  /** Who holds it, for people. */
  readonly holder: string
  /** Tells two holders of the same name apart. */
  readonly id: string
  readonly takenAt: string
  /** From then on anybody may take it; in the past: it was given back. */
  readonly expiresAt: string
}

/** The newest object of a lease at a store. */
export interface FoundLease {
  readonly number: number
  /** Undefined: the object cannot be understood. */
  readonly record: LeaseRecord | undefined
}

/** What one of these objects may hold at most; more is not read. */
const MAX_BYTES = 4096
const MAX_TEXT = 200

/** The name of the object with that number. No reader of a backup takes it for a volume. */
export function leasePath(prefix: string, number: number): string {
  return `${prefix}-lease-${number}.json`
}

/** Numbers of a lease's objects at the store, the newest first. */
export async function leaseNumbers(
  backend: StorageBackend,
  prefix: string,
  signal: AbortSignal | undefined
): Promise<number[]> {
  const start = `${prefix}-lease-`
  const numbers: number[] = []
  for await (const { path } of backend.list({ namePrefix: start, recursive: false, signal })) {
    const digits = /^([1-9]\d{0,11})\.json$/.exec(path.startsWith(start) ? path.slice(start.length) : '')?.[1]
    if (digits !== undefined) numbers.push(Number(digits))
  }
  return numbers.sort((a, b) => b - a)
}

export function encodeLease(record: LeaseRecord): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(record)}\n`)
}

/** @throws StorageError `STORAGE_NOT_FOUND` */
export async function readLease(
  backend: StorageBackend,
  path: StorageEntry['path'],
  signal: AbortSignal | undefined
): Promise<LeaseRecord | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of backend.get(path, { signal })) {
    size += chunk.byteLength
    if (size > MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  return decodeLease(Buffer.concat(chunks).toString('utf8'))
}

function decodeLease(text: string): LeaseRecord | undefined {
  let value: Partial<Record<keyof LeaseRecord, unknown>> | null
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { holder, id, takenAt, expiresAt } = value
  const texts = [holder, id, takenAt, expiresAt]
  if (!texts.every((one): one is string => typeof one === 'string' && one.length <= MAX_TEXT))
    return undefined
  if (Number.isNaN(Date.parse(texts[2] as string)) || Number.isNaN(Date.parse(texts[3] as string)))
    return undefined
  const [name, key, taken, expires] = texts as [string, string, string, string]
  return { holder: name, id: key, takenAt: taken, expiresAt: expires }
}
