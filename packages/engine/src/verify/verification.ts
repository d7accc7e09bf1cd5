import type { CatalogVolume, LedgerEntry, WorkerPool } from '@tercet/core'
import { isTercetError, systemClock } from '@tercet/interface'
import { classifyRemoteName } from '@tercet/volume-format'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { eventSink } from '../common/events.ts'
import { type FetchOutcome, forEachFetched } from '../common/fetch-ahead.ts'
import { IssueLog } from '../common/issue-log.ts'
import { selectVersion } from '../common/select-version.ts'
import type { StoredSettings } from '../common/stored-settings.ts'
import type { VolumeFetcher } from '../common/volume-fetcher.ts'
import { createVolumeKeyring } from '../common/volume-keys.ts'
import { CatalogBlocks } from './catalog-blocks.ts'
import { checkDlist } from './check-dlist.ts'
import { reportDamage } from './damage-report.ts'
import { chooseSamples } from './sampling.ts'
import type { CheckJob, VerifyJobs, VolumeFault } from './verify-jobs.ts'
import type { DamagedVolume, ResolvedVerifyOptions, VerifyOptions, VerifyResult } from './verify-options.ts'
import { VolumeLosses } from './volume-losses.ts'

interface VerificationParts {
  readonly context: EngineContext
  readonly options: VerifyOptions
  readonly resolved: ResolvedVerifyOptions
  readonly settings: StoredSettings
  readonly pool: WorkerPool<VerifyJobs>
  readonly fetcher: VolumeFetcher
}

/** One check of a destination, from its listing to its report. */
export class Verification {
  readonly #parts: VerificationParts
  readonly #losses = new VolumeLosses()
  readonly #unknown: DamagedVolume[] = []
  readonly #sound: CatalogVolume[] = []
  readonly #blocks: CatalogBlocks
  readonly #keyring: ReturnType<typeof createVolumeKeyring>
  readonly #emit: ReturnType<typeof eventSink>
  readonly #abort = new AbortController()
  readonly #signal: AbortSignal
  #verified = 0
  #chosen = 0

  constructor(parts: VerificationParts) {
    this.#parts = parts
    this.#keyring = createVolumeKeyring(parts.context)
    this.#emit = eventSink(parts.options.onEvent)
    const { signal } = parts.options
    this.#signal = signal === undefined ? this.#abort.signal : AbortSignal.any([signal, this.#abort.signal])
    this.#blocks = new CatalogBlocks(parts.context.catalog, parts.settings.blockHash)
  }

  async run(): Promise<VerifyResult> {
    const { pool } = this.#parts
    this.#emit({ type: 'phase-start', phase: 'verify' })
    const listed = await this.#checkListing()
    const chosen = this.#choose(listed)
    this.#chosen = chosen.length
    const { lists, others } = inOrder(chosen)
    const lanes = [this.#checkAll(others, pool.size + 1), this.#checkAll(lists, 1)]
    await Promise.allSettled(lanes)
    await Promise.all(lanes)
    this.#remember()
    const result = this.#report(listed.length)
    this.#emit({ type: 'phase-end', phase: 'verify' })
    return result
  }

  /** Checks volumes, several at a time. What fails beyond a defect of a volume ends the other checks too. */
  async #checkAll(volumes: readonly CatalogVolume[], parallel: number): Promise<void> {
    const fetching = { nameOf: ({ name }: CatalogVolume) => name, parallel, signal: this.#signal }
    try {
      await forEachFetched(this.#parts.fetcher, volumes, fetching, async (outcome) => {
        await this.#check(outcome)
        this.#verified += 1
        const { name } = outcome.item
        this.#emit({ type: 'verify-volume-end', name, verified: this.#verified, total: this.#chosen })
      })
    } catch (error) {
      this.#abort.abort(error)
      throw error
    }
  }

  /** In the ledger too, which survives when the catalog is made anew. What could not be fetched keeps its verdict. */
  #remember(): void {
    const { catalog, clock = systemClock } = this.#parts.context
    const verifiedAt = clock.now()
    const verdicts: LedgerEntry[] = this.#sound.map(({ name }) => ({
      volumeName: name,
      verifiedAt,
      outcome: 'sound'
    }))
    for (const { name, faults } of this.#losses.all())
      if (faults.some(isDamage)) verdicts.push({ volumeName: name, verifiedAt, outcome: 'damaged' })
    catalog.transaction(() => {
      catalog.volumes.markVerified(this.#sound.map(({ id }) => id))
      catalog.ledger.recordAll(verdicts)
    })
  }

  /** Compares names and sizes; returns the known volumes that are there and can be read now. */
  async #checkListing(): Promise<CatalogVolume[]> {
    const { context, options, settings } = this.#parts
    const { catalog } = context
    const listing = new Map<string, { sizeBytes: number | undefined; archived: boolean }>()
    for await (const { path, sizeBytes, archived } of context.backend.list({ signal: options.signal })) {
      listing.set(path, { sizeBytes, archived: archived ?? false })
    }
    const listed: CatalogVolume[] = []
    for (const volume of catalog.volumes.all({ states: ['uploaded', 'verified'] })) {
      const entry = listing.get(volume.name)
      listing.delete(volume.name)
      if (entry === undefined) {
        const message = 'it is not at the destination'
        this.#losses.add(volume, [{ code: 'VERIFY_VOLUME_MISSING', severity: 'error', message }], true)
        continue
      }
      if (entry.sizeBytes !== undefined && volume.size !== undefined && entry.sizeBytes !== volume.size) {
        const message = `it has ${entry.sizeBytes} bytes instead of ${volume.size}`
        this.#losses.add(volume, [{ code: 'VERIFY_SIZE_MISMATCH', severity: 'error', message }], false)
      }
      if (!entry.archived) listed.push(volume)
    }
    for (const name of listing.keys()) this.#judgeExtra(name, settings.prefix)
    return listed
  }

  /** A volume of this backup that the catalog does not know, or one that it believes to be under way. */
  #judgeExtra(name: string, prefix: string): void {
    const classified = classifyRemoteName(name, { prefix })
    if (classified.kind !== 'volume') return
    const known = this.#parts.context.catalog.volumes.byName(name)
    if (known !== undefined) return
    this.#unknown.push({
      volume: name,
      type: classified.volume.type,
      state: 'unknown',
      defects: [
        {
          code: 'VERIFY_VOLUME_EXTRA',
          severity: 'warning',
          message: 'it is at the destination and not in the catalog'
        }
      ],
      defectCount: 1,
      affectedVersions: [],
      affectedFiles: []
    })
  }

  /** Of each class those that were verified least often, and all about which there is doubt. */
  #choose(listed: readonly CatalogVolume[]): CatalogVolume[] {
    const { samples, random } = this.#parts.resolved
    const list = this.#chosenList()
    const chosen = new Set<CatalogVolume>()
    for (const type of ['dlist', 'dindex', 'dblock'] as const) {
      const ofType = listed.filter(
        (volume) => volume.type === type && (list === undefined || type !== 'dlist' || volume.id === list)
      )
      for (const volume of chooseSamples(ofType, samples, random)) chosen.add(volume)
      if (samples === 0) continue
      for (const volume of ofType)
        if (volume.hash === undefined || volume.size === undefined) chosen.add(volume)
    }
    for (const volume of listed) if (this.#losses.has(volume)) chosen.add(volume)
    return [...chosen]
  }

  /** The list of the one version that was named; undefined: any. */
  #chosenList(): number | undefined {
    const { context, options } = this.#parts
    if (options.version === undefined && options.time === undefined) return undefined
    const { seq } = selectVersion(context.catalog, options, (context.clock ?? systemClock).now())
    return context.catalog.filesets.bySeq(seq)?.volumeId
  }

  async #check({ item: volume, volume: fetched, error }: FetchOutcome<CatalogVolume>): Promise<void> {
    if (fetched === undefined) {
      if (!isTercetError(error)) throw error
      this.#losses.add(volume, [{ code: error.code, severity: 'error', message: error.message }], true)
      return
    }
    const wasSound = !this.#losses.has(volume)
    if (volume.type === 'dlist') await this.#checkList(volume, fetched.path)
    else await this.#checkBlocks(volume, fetched.path)
    if (wasSound && !this.#losses.has(volume)) this.#sound.push(volume)
  }

  async #checkList(volume: CatalogVolume, path: string): Promise<void> {
    const { context, resolved, settings } = this.#parts
    const { catalog } = context
    const seq = catalog.filesets.all().find(({ volumeId }) => volumeId === volume.id)?.seq
    const faults = await checkDlist(catalog, {
      path,
      name: volume.name,
      expected: expectedOf(volume),
      keyring: this.#keyring,
      settings,
      hashOnly: resolved.hashOnly,
      seq,
      signal: this.#signal
    })
    this.#losses.add(volume, faults, false)
  }

  async #checkBlocks(volume: CatalogVolume, path: string): Promise<void> {
    const { context, pool, resolved, settings } = this.#parts
    const { volumes } = context.catalog
    const described = volume.type === 'dblock' ? [volume.id] : volumes.describedBy(volume.id)
    const known = described.flatMap((id) => {
      const dblock = volumes.byId(id)
      return dblock === undefined ? [] : [{ name: dblock.name, ...this.#blocks.ofVolume(id) }]
    })
    const { blocksize, blockHash, fileHash } = settings
    const job: CheckJob = {
      path,
      name: volume.name,
      expected: expectedOf(volume),
      settings: { blocksize, blockHash, fileHash },
      hashOnly: resolved.hashOnly,
      blockShare: resolved.blockShare,
      seed: Math.floor(resolved.random() * 2 ** 32),
      known,
      blocklists: volume.type === 'dblock' ? new Uint8Array() : this.#blocks.blocklistsAmong(known)
    }
    const result = await pool.run('verify-volume', job, { signal: this.#signal })
    this.#assertPassphrase(volume, result.faults)
    this.#losses.add(volume, result.faults, result.isUnusable)
    if (result.lostBlocks.length > 0) this.#losses.lose(volume, result.lostBlocks)
  }

  /** A hash that agrees with the catalog's and a passphrase that does not fit: the volume is not to blame. */
  #assertPassphrase(volume: CatalogVolume, faults: readonly VolumeFault[]): void {
    if (volume.hash === undefined || !faults.some(({ code }) => code === 'CRYPTO_WRONG_PASSPHRASE')) return
    if (faults.some(({ code }) => code === 'VOLUME_HASH_MISMATCH' || code === 'VOLUME_SIZE_MISMATCH')) return
    throw new EngineError(
      'ENGINE_PASSPHRASE_WRONG',
      'The passphrase does not open the volumes of the destination'
    )
  }

  #report(volumes: number): VerifyResult {
    const { context, options, settings } = this.#parts
    const issues = new IssueLog(options, (issue) => this.#emit({ type: 'issue', issue }))
    const { defects, damaged } = reportDamage(context.catalog, settings, this.#losses.all(), this.#unknown)
    for (const { code, severity, message, volume } of defects) issues.add({ code, severity, message, volume })
    return {
      outcome: issues.outcome,
      verified: this.#verified,
      volumes,
      defects,
      damaged,
      issues: issues.kept
    }
  }
}

/**
 * Lists are compared with the catalog here, while workers read the others: the largest first, so that at the end no
 * worker has a large one left.
 */
function inOrder(chosen: readonly CatalogVolume[]): {
  readonly lists: readonly CatalogVolume[]
  readonly others: readonly CatalogVolume[]
} {
  return {
    lists: chosen.filter(({ type }) => type === 'dlist'),
    others: chosen.filter(({ type }) => type !== 'dlist').sort((a, b) => (b.size ?? 0) - (a.size ?? 0))
  }
}

/** A destination that does not answer, a full disk or a wrong passphrase say nothing of the volume. */
function isDamage({ code, severity }: VolumeFault): boolean {
  if (severity !== 'error' || code === 'CRYPTO_WRONG_PASSPHRASE') return false
  return code === 'STORAGE_NOT_FOUND' || /^(VERIFY|VOLUME|CRYPTO)_/.test(code)
}

function expectedOf({ size, hash }: CatalogVolume): CheckJob['expected'] {
  return { sizeBytes: size, hash }
}
