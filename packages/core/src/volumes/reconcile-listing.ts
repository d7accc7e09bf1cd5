import type { StorageEntry } from '@tercet/interface'
import { classifyRemoteName, parseVolumeName, type VolumeName } from '@tercet/volume-format'
import type { CatalogVolume } from '../catalog/volume-table.ts'
import { type ListingDefect, listingDefects } from './listing-defect.ts'

/**
 * What a comparison of catalog and destination is for. `verify-only` changes nothing that matters: for restore and test.
 * `strict` expects that nothing is under way: after a backup. `clean` also clears up after an interruption: before one.
 */
export type ListingMode = 'verify-only' | 'strict' | 'clean'

export interface ReconcileOptions {
  readonly mode: ListingMode
  readonly prefix: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** Compare names without case. */
  readonly caseInsensitive?: boolean | undefined
  /** An upload that was interrupted is never half visible, so the right size proves that it is complete. */
  readonly sizeProves: boolean
  /** Ids of the dblock volumes that a dindex describes. */
  readonly describedBy: (dindexId: number) => readonly number[]
  /** Unfinished volumes that the caller still needs as they are. */
  readonly protect?: ReadonlySet<number> | undefined
  /** Id of a list that was to take the place of another when its version was rewritten, which was not committed. */
  readonly uncommitted?: number | undefined
}

/** A volume of which only its content can tell whether it is what the catalog says. */
export interface ContentCheck {
  readonly volume: CatalogVolume
  readonly listedSizeBytes: number | undefined
}

/** What a listing means. Plain data: nothing happens before it is carried out. */
export interface ListingPlan {
  readonly mode: ListingMode
  /** Stored before and listed with the right size. */
  readonly seen: readonly CatalogVolume[]
  /** Interrupted uploads that are complete after all. */
  readonly completed: readonly CatalogVolume[]
  /** Interrupted uploads that came to nothing: what they hold is to be forgotten. */
  readonly abandoned: readonly CatalogVolume[]
  readonly checks: readonly ContentCheck[]
  /** Objects to delete; those of abandoned uploads included. */
  readonly deletions: readonly CatalogVolume[]
  /** Their deletion is confirmed. */
  readonly gone: readonly CatalogVolume[]
  /** Rows that have served their time. */
  readonly expired: readonly CatalogVolume[]
  /** Now in cold storage, or out of it again. */
  readonly archived: readonly CatalogVolume[]
  readonly unarchived: readonly CatalogVolume[]
  /** Unfinished things that this mode leaves alone. */
  readonly pending: readonly CatalogVolume[]
  /** Volumes of this prefix that the catalog does not know. */
  readonly unknown: readonly VolumeName[]
  readonly defects: readonly ListingDefect[]
  /** Of the known volumes that are listed. */
  readonly volumes: number
  readonly bytes: number
  /** Parity files of volumes. */
  readonly companions: number
  /** Names that are none of this backup's, and the prefixes of other backups among them. */
  readonly foreign: number
  readonly otherPrefixes: readonly string[]
}

/** A deleted volume may show in a stale listing for so long. */
const DELETED_GRACE_MS = 2 * 3_600_000
const MAX_PREFIXES = 16

/** Compares what the catalog knows with what the destination lists (behaviour section 11; W12, W31). */
export function reconcileListing(
  known: Iterable<CatalogVolume>,
  remote: Iterable<StorageEntry>,
  options: ReconcileOptions
): ListingPlan {
  const listing = new Listing(options)
  const volumes = [...known]
  listing.read(volumes, remote)
  const judge = new Judge(options, listing)
  // What becomes of a dindex depends on what becomes of its dblock.
  for (const volume of volumes) if (volume.type !== 'dindex') judge.judge(volume)
  for (const volume of volumes) if (volume.type === 'dindex') judge.judge(volume)
  return judge.plan(volumes)
}

/** The listing, sorted into what is known and what is not. */
class Listing {
  readonly entries = new Map<string, StorageEntry>()
  readonly duplicates = new Set<string>()
  readonly unknown: VolumeName[] = []
  readonly otherPrefixes = new Set<string>()
  companions = 0
  foreign = 0
  readonly #options: ReconcileOptions

  constructor(options: ReconcileOptions) {
    this.#options = options
  }

  read(known: readonly CatalogVolume[], remote: Iterable<StorageEntry>): void {
    const names = new Set(known.map(({ name }) => this.#key(name)))
    for (const entry of remote) {
      const key = this.#key(entry.path)
      if (!names.has(key)) this.#readUnknown(entry)
      else if (this.entries.has(key)) this.duplicates.add(entry.path)
      else this.entries.set(key, entry)
    }
  }

  of(volume: CatalogVolume): StorageEntry | undefined {
    return this.entries.get(this.#key(volume.name))
  }

  #key(name: string): string {
    return this.#options.caseInsensitive === true ? name.toLowerCase() : name
  }

  #readUnknown(entry: StorageEntry): void {
    const remote = classifyRemoteName(entry.path, this.#options)
    if (remote.kind === 'volume') this.unknown.push(remote.volume)
    else if (remote.kind === 'parity') this.companions++
    else if (remote.kind === 'foreign') {
      this.foreign++
      const other = parseVolumeName(entry.path)
      if (other !== undefined && this.otherPrefixes.size < MAX_PREFIXES) this.otherPrefixes.add(other.prefix)
    }
  }
}

/** Decides volume by volume. */
class Judge {
  readonly #options: ReconcileOptions
  readonly #listing: Listing
  readonly #seen: CatalogVolume[] = []
  readonly #completed: CatalogVolume[] = []
  readonly #abandoned: CatalogVolume[] = []
  readonly #abandonedIds = new Set<number>()
  readonly #checks: ContentCheck[] = []
  readonly #deletions: CatalogVolume[] = []
  readonly #gone: CatalogVolume[] = []
  readonly #expired: CatalogVolume[] = []
  readonly #archived: CatalogVolume[] = []
  readonly #unarchived: CatalogVolume[] = []
  readonly #pending: CatalogVolume[] = []
  readonly #missing: CatalogVolume[] = []
  readonly #unfinished: CatalogVolume[] = []
  /** Lists of another program, under names that this catalog had only reserved. */
  readonly #foreign: CatalogVolume[] = []

  constructor(options: ReconcileOptions, listing: Listing) {
    this.#options = options
    this.#listing = listing
  }

  judge(volume: CatalogVolume): void {
    const entry = this.#listing.of(volume)
    if (this.#options.uncommitted === volume.id) {
      this.#judgeUncommitted(volume, entry)
      return
    }
    if (this.#options.protect?.has(volume.id) === true) return
    switch (volume.state) {
      case 'uploaded':
      case 'verified':
        this.#judgeStored(volume, entry)
        break
      case 'uploading':
        this.#judgeUploading(volume, entry)
        break
      case 'temporary':
      case 'deleting':
        this.#judgeUnwanted(volume, entry)
        break
      case 'deleted':
        this.#judgeDeleted(volume, entry)
    }
  }

  #judgeStored(volume: CatalogVolume, entry: StorageEntry | undefined): void {
    if (entry === undefined) {
      this.#missing.push(volume)
      return
    }
    const archived = entry.archived === true
    if (archived !== volume.archived) (archived ? this.#archived : this.#unarchived).push(volume)
    if (!hasSize(volume, entry)) this.#checks.push({ volume, listedSizeBytes: entry.sizeBytes })
    else if (volume.state === 'uploaded') this.#seen.push(volume)
  }

  #judgeUploading(volume: CatalogVolume, entry: StorageEntry | undefined): void {
    const complete = entry !== undefined && !this.#isOrphan(volume) && hasSize(volume, entry)
    // The name of a dlist is a time, which another program may have used: only the content tells whose it is.
    const unsure = volume.type === 'dlist' ? entry !== undefined : complete
    const proven =
      complete && volume.type !== 'dlist' && entry.sizeBytes !== undefined && this.#options.sizeProves
    if (proven) this.#completed.push(volume)
    else if (this.#options.mode === 'verify-only') this.#pending.push(volume)
    else if (unsure) this.#checks.push({ volume, listedSizeBytes: entry?.sizeBytes })
    else if (this.#options.mode === 'strict') this.#unfinished.push(volume)
    else this.#abandon(volume, entry)
  }

  /** The version is as it was, with its old list; the new one goes when its content proves that it is the one. */
  #judgeUncommitted(volume: CatalogVolume, entry: StorageEntry | undefined): void {
    if (this.#options.mode === 'verify-only') this.#pending.push(volume)
    else if (entry === undefined) this.#abandon(volume, entry)
    else this.#checks.push({ volume, listedSizeBytes: entry.sizeBytes })
  }

  /** A dindex is of no use when none of the volumes that it describes came to be. */
  #isOrphan(volume: CatalogVolume): boolean {
    if (volume.type !== 'dindex') return false
    const described = this.#options.describedBy(volume.id)
    return described.length > 0 && described.every((id) => this.#abandonedIds.has(id))
  }

  #abandon(volume: CatalogVolume, entry: StorageEntry | undefined): void {
    this.#abandoned.push(volume)
    this.#abandonedIds.add(volume.id)
    if (entry !== undefined) this.#deletions.push(volume)
  }

  #judgeUnwanted(volume: CatalogVolume, entry: StorageEntry | undefined): void {
    const own = volume.type !== 'dlist' || volume.state !== 'temporary'
    if (this.#options.mode === 'verify-only') this.#pending.push(volume)
    else if (entry !== undefined && own) this.#deletions.push(volume)
    else if (entry !== undefined) this.#foreign.push(volume)
    else if (volume.state === 'temporary') this.#expired.push(volume)
    else this.#gone.push(volume)
  }

  #judgeDeleted(volume: CatalogVolume, entry: StorageEntry | undefined): void {
    if (this.#options.mode === 'verify-only') return
    if (this.#options.now - volume.stateChangedAt < DELETED_GRACE_MS) return
    // An upload that was given up may arrive late: what the catalog itself had deleted is deleted again.
    if (entry !== undefined) this.#deletions.push(volume)
    else this.#expired.push(volume)
  }

  plan(volumes: readonly CatalogVolume[]): ListingPlan {
    const listing = this.#listing
    const listed = volumes.filter((volume) => listing.of(volume) !== undefined)
    return {
      mode: this.#options.mode,
      seen: this.#seen,
      completed: this.#completed,
      abandoned: this.#abandoned,
      checks: this.#checks,
      deletions: this.#deletions,
      gone: this.#gone,
      expired: this.#expired,
      archived: this.#archived,
      unarchived: this.#unarchived,
      pending: this.#pending,
      unknown: listing.unknown,
      defects: listingDefects({
        missing: this.#missing,
        unfinished: this.#unfinished,
        foreign: this.#foreign,
        unknown: listing.unknown,
        duplicates: listing.duplicates
      }),
      volumes: listed.length,
      bytes: listed.reduce((sum, volume) => sum + (listing.of(volume)?.sizeBytes ?? volume.size ?? 0), 0),
      companions: listing.companions,
      foreign: listing.foreign,
      otherPrefixes: [...listing.otherPrefixes]
    }
  }
}

/** A size that is not told counts as right, and so does that of an archived object which is listed as empty. */
function hasSize(volume: CatalogVolume, entry: StorageEntry): boolean {
  if (entry.sizeBytes === undefined || volume.size === undefined) return true
  return entry.sizeBytes === volume.size || (entry.archived === true && entry.sizeBytes === 0)
}
