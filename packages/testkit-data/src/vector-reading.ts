/** What a reader says about a vector, and how that is compared with what the vector wants. */
import type {
  DestinationVector,
  FormatVector,
  NamesVector,
  VectorEntry,
  VectorRecord,
  VerificationVector
} from './format-vector.ts'
import type { VectorErrorWord } from './vector-errors.ts'

/** An entry as a reader found it. What it does not know it leaves out, but for the hash or the error of a file. */
export interface ReadEntry {
  readonly type: 'file' | 'folder' | 'symlink'
  readonly path: string
  readonly size?: number | undefined
  readonly sha256?: string | undefined
  readonly modified?: number | undefined
  readonly error?: VectorErrorWord | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

export interface ReadVersion {
  readonly time: string
  readonly isFull?: boolean | undefined
  readonly entries: readonly ReadEntry[]
  readonly leftOut?: readonly { readonly path: string; readonly error: VectorErrorWord }[] | undefined
  readonly controlFiles?: readonly { readonly name: string; readonly sha256: string }[] | undefined
}

/** The answer to a vector. */
export interface VectorReading {
  /** Of a destination, newest first. */
  readonly versions?: readonly ReadVersion[] | undefined
  /** Of a verification file, in its order. */
  readonly records?: readonly VectorRecord[] | undefined
  /** Why it was refused: of a destination or a verification file as a whole, or the first thing that is wrong with a volume. */
  readonly error?: VectorErrorWord | undefined
  /** What names are, in the order of the vector. */
  readonly names?: readonly string[] | undefined
}

/** What is wrong with a reading, a line for each difference; empty for a reader that conforms. */
export function compareReading(vector: FormatVector, reading: VectorReading): string[] {
  if (vector.kind === 'names') return compareNames(vector, reading)
  if (vector.errors !== undefined) {
    if (reading.error === undefined)
      return [`is read, though it must be refused: ${vector.errors.join(' or ')}`]
    return vector.errors.includes(reading.error)
      ? []
      : [`is refused as ${reading.error}, not as ${vector.errors.join(' or ')}`]
  }
  if (vector.kind === 'volume') return []
  if (reading.error !== undefined) return [`is refused as ${reading.error}, though it can be read`]
  return vector.kind === 'verification' ? compareRecords(vector, reading) : compareVersions(vector, reading)
}

function compareNames({ names }: NamesVector, reading: VectorReading): string[] {
  return names.flatMap(({ name, is }, i) => {
    const found = reading.names?.[i]
    return found === is ? [] : [`the name ${JSON.stringify(name)} is ${is}, not ${found}`]
  })
}

function compareRecords({ records = [] }: VerificationVector, reading: VectorReading): string[] {
  const found = reading.records ?? []
  const lines = found.length === records.length ? [] : [`has ${found.length} records, not ${records.length}`]
  for (const [i, record] of records.entries()) {
    const read = found[i]
    if (read !== undefined && !isSame(stripped(record), stripped(read)))
      lines.push(`record ${i} is ${JSON.stringify(record)}, not ${JSON.stringify(read)}`)
  }
  return lines
}

/** Without what is not known. */
function stripped(record: VectorRecord): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}

function compareVersions({ versions = [] }: DestinationVector, reading: VectorReading): string[] {
  const found = reading.versions ?? []
  const differences = versions.flatMap((version, i) => {
    const read = found[i]
    if (read === undefined) return [`has no version ${i}`]
    const at = (text: string) => `version ${i}: ${text}`
    const lines = compareEntries(version.entries, read)
    if (read.time !== version.time) lines.push(`its time is ${version.time}, not ${read.time}`)
    if ((read.isFull ?? version.isFull) !== version.isFull) lines.push(`isFull is ${version.isFull}`)
    for (const { path, errors } of version.leftOut ?? []) {
      const error = read.leftOut?.find((left) => left.path === path)?.error
      if (read.leftOut !== undefined && (error === undefined || !errors.includes(error)))
        lines.push(`${JSON.stringify(path)} is left out as ${error}, not as ${errors.join(' or ')}`)
    }
    if (read.controlFiles !== undefined && !isSame(version.controlFiles ?? [], read.controlFiles))
      lines.push('its control files differ')
    return lines.map(at)
  })
  if (found.length > versions.length)
    differences.push(`has ${found.length} versions, and only ${versions.length} can be`)
  return differences
}

function compareEntries(wanted: readonly VectorEntry[], { entries, leftOut = [] }: ReadVersion): string[] {
  const found = new Map(entries.map((entry) => [entry.path, entry]))
  const lines = found.size === entries.length ? [] : ['a path occurs twice']
  for (const entry of wanted) {
    const name = JSON.stringify(entry.path)
    const other = found.get(entry.path)
    found.delete(entry.path)
    if (other === undefined) {
      // What cannot be had may as well be left out of the list, if that is told.
      const error = leftOut.find(({ path }) => path === entry.path)?.error
      if (error === undefined || entry.errors?.includes(error) !== true) lines.push(`${name} is missing`)
    } else lines.push(...differences(entry, other).map((text) => `${name}: ${text}`))
  }
  for (const path of found.keys()) lines.push(`${JSON.stringify(path)} is too much`)
  return lines
}

function differences(entry: VectorEntry, read: ReadEntry): string[] {
  const lines: string[] = []
  for (const key of ['type', 'size', 'modified'] as const)
    if (read[key] !== undefined && read[key] !== entry[key])
      lines.push(`its ${key} is ${entry[key]}, not ${read[key]}`)
  if (entry.type === 'file') {
    if (entry.errors === undefined) {
      if (read.sha256 !== entry.sha256) lines.push(`its content differs (${read.error ?? read.sha256})`)
    } else if (read.error === undefined || !entry.errors.includes(read.error)) {
      lines.push(
        `its content must be refused as ${entry.errors.join(' or ')}, not ${read.error ?? 'given out'}`
      )
    }
  }
  if (read.metadata !== undefined && entry.metadata !== undefined && !isSame(entry.metadata, read.metadata))
    lines.push('its metadata differ')
  return lines
}

/** Whatever the order of keys. */
function isSame(a: object, b: object): boolean {
  const text = (value: object) =>
    JSON.stringify(
      Object.entries(value)
        .map(([key, item]) => [key, sorted(item)])
        .sort()
    )
  return text(a) === text(b)
}

function sorted(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).sort() : value
}
