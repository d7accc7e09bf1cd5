import {
  assertKnownKeys,
  ConfigurationError,
  type Issue,
  type StorageBackend,
  systemClock
} from '@tercet/interface'
import { assertVolumePrefix } from '@tercet/volume-format'
import { Endpoint } from '../endpoint/endpoint.ts'
import {
  classOf,
  comparePutOrder,
  type FileClass,
  isVerificationName,
  type SyncScope
} from '../file-class.ts'
import { type MergedName, mergeListings } from '../listing/merge-listings.ts'
import { readListing } from '../listing/read-listing.ts'
import type { SortedListing } from '../listing/sorted-listing.ts'
import { findPrefix } from '../plan/find-prefix.ts'
import { readVerificationFile } from '../plan/recorded-files.ts'
import { isReservedName } from '../reserved-names.ts'
import type { RecordedFile } from '../sync-options.ts'
import { SpoolFolder } from '../transfer/spool-folder.ts'
import type { HealPlaceOptions, PlanHealOptions } from './heal-options.ts'
import type { CopyState, HealFile, HealPlan } from './heal-plan.ts'
import { type Records, rememberHeal } from './heal-registry.ts'
import { type HealPlace, type InspectedFile, inspectCopies } from './inspect-copies.ts'

/** Files looked at at the same time. */
const AT_ONCE = 4
const LIMITS = { download: 4, upload: 4, delete: 1, other: 8 }

const KEYS = [
  ...[
    'places',
    'prefix',
    'mirrorAll',
    'level',
    'samples',
    'recorded',
    'verify',
    'backendRetries',
    'backendRetryDelayMs'
  ],
  ...['signal', 'onEvent', 'temporaryFolder', 'clock', 'random']
]

/**
 * Looks at every copy of every file and tells which are wrong, before anything is done about it. What is recorded in the
 * options or in a verification file decides; then `verify`; then what a ledger says was put there. Where nothing tells
 * and copies differ, the plan says so and mends neither.
 *
 * A file that only replicas hold is no business of it, unless it is recorded: the primary may have let it go. Changes
 * nothing; each copy is read once at most.
 *
 * @throws ConfigurationError for options that cannot be understood
 * @throws SyncError `SYNC_NO_PREFIX`, `SYNC_SPOOL_FAILED`
 */
export async function planHeal(options: PlanHealOptions): Promise<HealPlan> {
  assertKnownKeys(options, KEYS, 'planHeal')
  if (options.prefix !== undefined) assertVolumePrefix(options.prefix)
  const places = Object.entries(options.places).map(([id, given]) => placeOf(id, given, options))
  const { samples = 1 } = options
  if (!Number.isSafeInteger(samples) || samples < 1)
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      'planHeal: "samples" must be a whole number of at least 1'
    )
  if (places.length < 2) throw new ConfigurationError('CONFIG_MISSING', 'planHeal needs at least two places')
  const { signal, onEvent, temporaryFolder, mirrorAll = false, level = 'download' } = options
  const issues: Issue[] = []
  const listings = await listAll(places, options, issues)
  await using folder = new SpoolFolder(temporaryFolder)
  try {
    signal?.throwIfAborted()
    const prefix = mirrorAll ? undefined : (options.prefix ?? firstPrefix(listings, places))
    const recorded = await recordsOf(options, places, listings, prefix)
    const queue = sampled(wantedOf(listings, { prefix, mirrorAll }, recorded), options)
    const files: HealFile[] = []
    const checked = { files: 0, bytes: 0 }
    const worker = async () => {
      for (const { row, fileClass } of queue) {
        signal?.throwIfAborted()
        const listed = [row.primary, ...row.replicas]
        const found = await inspectCopies(row.path, listed, { ...options, recorded, places, level, folder })
        checked.files++
        checked.bytes += found.bytesRead
        onEvent?.({ type: 'sync-verify', replica: '', ...checked })
        const states = found.states.map((state, n) => (listings[n] === undefined ? 'unreadable' : state))
        const file = judge(row, fileClass, { ...found, states }, places)
        if (file === undefined) continue
        files.push(file)
        if (file.from === undefined) issues.push(hopeless(file, found.isUndecided))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    files.sort((a, b) => comparePutOrder(a, b))
    const plan: HealPlan = { files, checked, issues }
    rememberHeal(plan, { options, places, recorded })
    return plan
  } finally {
    for (const listing of listings) listing?.[Symbol.dispose]()
  }
}

/** So many of them, each with the same chance, of any number; all where nothing is said. */
function sampled<T>(
  items: Iterable<T>,
  { samples, random = Math.random }: PlanHealOptions
): Iterator<T> & Iterable<T> {
  if (samples === undefined) return Iterator.from(items)
  const kept: T[] = []
  let seen = 0
  for (const item of items) {
    seen++
    const at = seen <= samples ? seen - 1 : Math.floor(random() * seen)
    if (at < samples) kept[at] = item
  }
  return kept.values()
}

function placeOf(id: string, given: StorageBackend | HealPlaceOptions, options: PlanHealOptions): HealPlace {
  const own: HealPlaceOptions = 'backend' in given ? given : { backend: given }
  const endpoint = new Endpoint({
    backend: own.backend,
    name: id,
    attempts: options.backendRetries ?? 3,
    delayMs: options.backendRetryDelayMs ?? 1000,
    exponential: true,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    limits: LIMITS,
    onEvent: options.onEvent
  })
  return { id, endpoint, ledger: own.ledger }
}

/** A place that cannot be listed is told of and left alone. */
async function listAll(
  places: readonly HealPlace[],
  { signal, onEvent, temporaryFolder, mirrorAll = false }: PlanHealOptions,
  issues: Issue[]
): Promise<(SortedListing | undefined)[]> {
  const options = { recursive: mirrorAll, temporaryFolder, signal, onEvent }
  const results = await Promise.allSettled(places.map(({ endpoint }) => readListing(endpoint, options)))
  return results.map((result, position) => {
    if (result.status === 'fulfilled') return result.value
    const why = result.reason instanceof Error ? result.reason.message : String(result.reason)
    const message = `"${places[position]?.id}" is left alone: ${why}`
    issues.push({ code: 'SYNC_LISTING_FAILED', severity: 'error', message })
    return undefined
  })
}

function firstPrefix(
  listings: readonly (SortedListing | undefined)[],
  places: readonly HealPlace[]
): string | undefined {
  for (const [position, listing] of listings.entries()) {
    const name = places[position]?.endpoint.backend.displayName ?? ''
    const prefix = listing === undefined ? undefined : findPrefix(listing, name)
    if (prefix !== undefined) return prefix
  }
  return undefined
}

/** The caller's records, and those of the verification file: of a replica's only if the primary has nothing at all. */
async function recordsOf(
  { recorded, signal }: PlanHealOptions,
  places: readonly HealPlace[],
  listings: readonly (SortedListing | undefined)[],
  prefix: string | undefined
): Promise<Records> {
  const files = new Map<string, RecordedFile>()
  for (const [position, { endpoint }] of places.entries()) {
    if (prefix === undefined || listings[position] === undefined || listings[position].count === 0) continue
    for (const [path, file] of await readVerificationFile(endpoint, prefix, signal)) files.set(path, file)
    break
  }
  return { get: (path) => recorded?.get(path) ?? files.get(path) }
}

function* wantedOf(
  listings: readonly (SortedListing | undefined)[],
  scope: SyncScope,
  recorded: Records
): Generator<{ readonly row: MergedName; readonly fileClass: FileClass }> {
  const [first, ...others] = listings.map((listing) => listing?.entries() ?? [])
  for (const row of mergeListings(first ?? [], others)) {
    const fileClass = isReservedName(row.path) ? undefined : classOf(row.path, scope)
    // A replica has the verification file of its last synchronization; an older one is not damage.
    if (fileClass === undefined || isVerificationName(row.path)) continue
    const isLetGo = listings[0] !== undefined && row.primary === undefined
    if (!isLetGo || recorded.get(row.path) !== undefined) yield { row, fileClass }
  }
}

/** Undefined: nothing is to be done or said. */
function judge(
  { path, primary, replicas }: MergedName,
  fileClass: FileClass,
  { states, evidence, isUndecided, sha256 }: InspectedFile,
  places: readonly HealPlace[]
): HealFile | undefined {
  const at = (wanted: readonly CopyState[]) =>
    places.filter((_, n) => wanted.includes(states[n] as CopyState)).map(({ id }) => id)
  const wrong = isUndecided ? [] : at(['damaged', 'missing'])
  if (wrong.length === 0 && !isUndecided && at(['unreadable']).length === 0) return undefined
  const sure = at(['intact'])[0]
  // Where a file is missing, any copy is better than none: nothing is overwritten.
  const from = sure ?? (isUndecided ? undefined : at(['unknown'])[0])
  return {
    path,
    sizeBytes: [primary, ...replicas].find((file) => file !== undefined)?.sizeBytes,
    class: fileClass,
    copies: Object.fromEntries(places.map(({ id }, n) => [id, states[n] as CopyState])),
    evidence,
    ...(from === undefined ? {} : { from }),
    ...(sha256 === undefined ? {} : { sha256 }),
    to: from === undefined ? [] : sure === undefined ? at(['missing']) : wrong
  }
}

function hopeless({ path, copies }: HealFile, isUndecided: boolean): Issue {
  const told = Object.entries(copies)
    .map(([id, state]) => `${id} ${state}`)
    .join(', ')
  if (isUndecided) {
    const message = `${path} differs from place to place, and nothing tells which is right (${told}); heal with the passphrase to find out`
    return { code: 'SYNC_UNDECIDED', severity: 'error', message, volume: path }
  }
  const isArchived = Object.values(copies).includes('archived')
  const message = isArchived
    ? `${path} can be mended only from cold storage (${told}): healing asks the store for it, and mends it when it can be read`
    : `No intact copy of ${path} was found (${told})`
  return {
    code: isArchived ? 'SYNC_ARCHIVED' : 'SYNC_HEAL_IMPOSSIBLE',
    severity: 'error',
    message,
    volume: path
  }
}
