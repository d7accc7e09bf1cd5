/** What the listings alone tell: which file each replica lacks, has in excess, or has in another state. */
import { classOf, type FileClass, type SyncScope } from '../file-class.ts'
import { mergeListings } from '../listing/merge-listings.ts'
import type { ListedFile, SortedListing } from '../listing/sorted-listing.ts'
import { isReservedName, isTemporaryName, MARKER_NAME, parseRetainedName } from '../reserved-names.ts'
import type { ResolvedReplica } from '../resolve-options.ts'
import type { PutReason } from './sync-plan.ts'

/** Clocks of stores differ by so much without a meaning, and some keep times in steps of two seconds. */
const TIME_TOLERANCE_MS = 2000

export interface ComparedFile {
  readonly path: string
  readonly sizeBytes: number | undefined
  readonly class: FileClass
}

export interface ComparedPut extends ComparedFile {
  readonly reason: PutReason
  readonly replacedBytes?: number | undefined
  readonly isArchived: boolean
}

export interface RetainedFile {
  readonly path: string
  readonly sizeBytes: number | undefined
  readonly original: string
  readonly retainedAtMs: number
}

/** What one replica was found to have. */
export class ComparedReplica {
  readonly puts: ComparedPut[] = []
  readonly surplus: ComparedFile[] = []
  readonly leftovers: ComparedFile[] = []
  readonly retained: RetainedFile[] = []
  /** Drawn by chance from what it will hold. */
  readonly samples: ComparedFile[] = []
  /** Filled only where contents are to be verified. */
  readonly equal: (ComparedFile & { readonly isArchived: boolean })[] = []
  equalFiles = 0
  equalBytes = 0
  foreignFiles = 0
  /** Files that are in scope. */
  files = 0
  /** Lists of versions: they are few. */
  readonly dlistPaths: string[] = []
  hasMarker = false
}

export interface ComparedPrimary {
  files: number
  bytes: number
  dlists: number
  newestDlist: string | undefined
  hasVerificationFile: boolean
  /** How many of the expected names were listed. */
  expectedSeen: number
}

export interface ComparedPlaces {
  readonly primary: ComparedPrimary
  readonly replicas: readonly ComparedReplica[]
}

export interface ComparePlacesOptions {
  readonly scope: SyncScope
  readonly verificationName: string | undefined
  readonly replicas: readonly ResolvedReplica[]
  readonly expected: ReadonlyMap<string, unknown> | undefined
  readonly random: () => number
}

export function comparePlaces(
  primaryListing: SortedListing,
  listings: readonly (SortedListing | undefined)[],
  options: ComparePlacesOptions
): ComparedPlaces {
  const { scope } = options
  const primary: ComparedPrimary = {
    files: 0,
    bytes: 0,
    dlists: 0,
    newestDlist: undefined,
    hasVerificationFile: false,
    expectedSeen: 0
  }
  const replicas = options.replicas.map(() => new ComparedReplica())
  const streams = listings.map((listing) => listing?.entries() ?? [])
  for (const row of mergeListings(primaryListing.entries(), streams)) {
    const isReserved = isReservedName(row.path)
    const fileClass = isReserved ? undefined : classOf(row.path, scope)
    const source = fileClass === undefined ? undefined : row.primary
    if (source !== undefined && fileClass !== undefined) {
      primary.files++
      primary.bytes += source.sizeBytes ?? 0
      if (fileClass === 'dlist') {
        primary.dlists++
        primary.newestDlist = row.path // they are walked in the order of their names, which is that of time
      }
      if (row.path === options.verificationName) primary.hasVerificationFile = true
      if (options.expected?.has(row.path)) primary.expectedSeen++
    }
    for (const [position, compared] of replicas.entries()) {
      const replica = options.replicas[position] as ResolvedReplica
      const found = row.replicas[position]
      compareOne(compared, replica, row.path, fileClass, source, found)
      if (replica.settings.testFiles === 0 || source === undefined || fileClass === undefined) continue
      if (source.archived || found?.archived === true) continue
      const file = { path: row.path, sizeBytes: source.sizeBytes, class: fileClass }
      draw(compared.samples, file, replica.settings.testFiles, primary.files, options.random)
    }
  }
  return { primary, replicas }
}

/** Keeps each of all files with the same chance, however many there will be. */
function draw(
  samples: ComparedFile[],
  file: ComparedFile,
  most: number,
  seen: number,
  random: () => number
): void {
  if (samples.length < most) {
    samples.push(file)
    return
  }
  const at = Math.floor(random() * seen)
  if (at < most) samples[at] = file
}

function compareOne(
  compared: ComparedReplica,
  replica: ResolvedReplica,
  path: string,
  fileClass: FileClass | undefined,
  source: ListedFile | undefined,
  found: ListedFile | undefined
): void {
  if (fileClass === undefined) {
    if (found !== undefined) noteOutside(compared, found)
    return
  }
  if (found !== undefined) {
    compared.files++
    if (fileClass === 'dlist') compared.dlistPaths.push(path)
  }
  if (source === undefined) {
    if (found !== undefined) compared.surplus.push({ path, sizeBytes: found.sizeBytes, class: fileClass })
    return
  }
  const reason = reasonToPut(source, found, replica)
  if (reason === undefined) {
    compared.equalFiles++
    compared.equalBytes += source.sizeBytes ?? 0
    if (replica.settings.verifyContents !== 'none' && replica.settings.verifyContents !== 'listing') {
      const isArchived = found?.archived === true
      compared.equal.push({ path, sizeBytes: source.sizeBytes, class: fileClass, isArchived })
    }
    return
  }
  compared.puts.push({
    path,
    sizeBytes: source.sizeBytes,
    class: fileClass,
    reason,
    ...(found === undefined ? {} : { replacedBytes: found.sizeBytes ?? 0 }),
    isArchived: source.archived
  })
}

function noteOutside(compared: ComparedReplica, found: ListedFile): void {
  const retained = parseRetainedName(found.path)
  if (isTemporaryName(found.path)) {
    compared.leftovers.push({ path: found.path, sizeBytes: found.sizeBytes, class: 'other' })
  } else if (retained !== undefined) {
    const { path: original, retainedAtMs } = retained
    compared.retained.push({ path: found.path, sizeBytes: found.sizeBytes, original, retainedAtMs })
  } else if (found.path === MARKER_NAME) compared.hasMarker = true
  else compared.foreignFiles++
}

function reasonToPut(
  source: ListedFile,
  found: ListedFile | undefined,
  replica: ResolvedReplica
): PutReason | undefined {
  if (found === undefined) return 'missing'
  if (replica.settings.force) return 'forced'
  if (source.sizeBytes !== found.sizeBytes) {
    if (source.sizeBytes !== undefined && found.sizeBytes !== undefined) return 'size'
    // What was put there is on record where the store does not tell.
    const known = source.sizeBytes ?? found.sizeBytes
    if (replica.ledger?.get(source.path)?.sizeBytes !== known) return 'size-unknown'
  }
  const { modifiedAtMs: sourceMs } = source
  const { modifiedAtMs: foundMs } = found
  if (sourceMs !== undefined && foundMs !== undefined && sourceMs > foundMs + TIME_TOLERANCE_MS)
    return 'newer'
  return undefined
}
