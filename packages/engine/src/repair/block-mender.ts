import { type CatalogVolume, type FinishedVolume, registerVolume } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import type { EngineContext } from '../common/context.ts'
import { createMendingPacker } from '../common/mending-packer.ts'
import type { Maintenance } from '../common/open-maintenance.ts'
import { usualVolumeSize } from '../common/stored-volume-size.ts'
import { VolumeFetcher } from '../common/volume-fetcher.ts'
import { findInCatalog } from './find-in-catalog.ts'
import { findInReplica } from './find-in-replica.ts'
import { findInSources } from './find-in-sources.ts'
import { findInVolume } from './find-in-volume.ts'
import { BlockNeeds } from './make-repair-plan.ts'
import type { ResolvedRepairOptions } from './repair-options.ts'
import { WantedBlocks } from './wanted-blocks.ts'

/** Finds the blocks of lost volumes again, wherever they still are, and stores them in new ones. */
export class BlockMender {
  /** Blocks that are stored again. */
  foundBlocks = 0
  newVolumes = 0
  storedBytes = 0
  readonly #context: EngineContext
  readonly #maintenance: Maintenance
  readonly #options: ResolvedRepairOptions
  readonly #signal: AbortSignal | undefined

  constructor(
    context: EngineContext,
    maintenance: Maintenance,
    options: ResolvedRepairOptions,
    signal: AbortSignal | undefined
  ) {
    this.#context = context
    this.#maintenance = maintenance
    this.#options = options
    this.#signal = signal
  }

  /** @param lost volumes of blocks */
  async mend(lost: readonly CatalogVolume[]): Promise<void> {
    const { catalog } = this.#context
    const { settings } = this.#maintenance
    const full: FinishedVolume[] = []
    using packer = createMendingPacker(
      this.#context,
      this.#maintenance,
      this.#options.volumeSizeBytes ?? usualVolumeSize(catalog),
      (volume) => full.push(volume)
    )
    const pending = new Set(
      [...catalog.blocksets.pendingBlocklists()].map((hash) => Buffer.from(hash).toString('latin1'))
    )
    const wanted = new WantedBlocks(settings, hashSizeBytes(settings.blockHash), (hash, bytes) => {
      const isPending = pending.has(Buffer.from(hash).toString('latin1'))
      const isList = isPending || catalog.blocksets.blocklist(hash) !== undefined
      if (isList) packer.addBlocklist(hash, bytes)
      else packer.addBlock(hash, bytes)
      if (isPending) catalog.blocksets.putBlocklists([{ hash: hash.slice(), blocks: bytes.slice() }])
    })
    const needs = new BlockNeeds(catalog, lost)
    for (const { id } of lost) needs.visit(id, (hashes, offset) => wanted.add(hashes, offset))
    for (const look of this.#places(lost, wanted)) {
      if (wanted.left === 0) break
      await look()
      await this.#store(full.splice(0))
    }
    const last = packer.finish()
    await this.#store(last === undefined ? [] : [last])
    this.foundBlocks += wanted.found
  }

  /** The cheapest first. */
  *#places(lost: readonly CatalogVolume[], wanted: WantedBlocks): Generator<() => void | Promise<void>> {
    const { backend, catalog, spoolFolder } = this.#context
    const { settings, keys } = this.#maintenance
    const signal = this.#signal
    const how = { settings, keyring: keys?.keyring, signal }
    yield () => findInCatalog(catalog, wanted)
    for (const place of [backend, this.#options.replica]) {
      if (place === undefined) continue
      for (const { name } of lost)
        yield async () => {
          using fetcher = new VolumeFetcher(place, spoolFolder)
          await findInVolume(fetcher, name, wanted, how)
        }
    }
    const { replica } = this.#options
    if (replica !== undefined) yield () => findInReplica(replica, wanted, { ...how, catalog, spoolFolder })
    if (this.#options.localBlocks) yield () => findInSources(catalog, settings, wanted, signal)
  }

  async #store(volumes: readonly FinishedVolume[]): Promise<void> {
    for (const volume of volumes) {
      await this.#maintenance.store.upload(registerVolume(this.#context.catalog, volume), {
        signal: this.#signal
      })
      this.newVolumes += 1
      this.storedBytes += volume.dblock.sizeBytes + (volume.dindex?.sizeBytes ?? 0)
    }
  }
}
