import { existsSync, renameSync, rmSync } from 'node:fs'
import { equalBytes } from '@tercet/crypto'
import {
  type CallOptions,
  isTercetError,
  StorageError,
  type StoredVolume,
  untilAborted
} from '@tercet/interface'
import { CoreError } from '../core-error.ts'
import { assertStored } from './check-content.ts'
import { deleteProven } from './delete-volumes.ts'
import { fetchVolume } from './fetch-volume.ts'
import type { VolumeFile } from './finished-volume.ts'
import { freeVersionTime } from './free-version-time.ts'
import { Limiter } from './limiter.ts'
import type { PendingUpload, UploadItem } from './pending-upload.ts'
import { rewriteDindex } from './rewrite-dindex.ts'
import { removeFiles, sealVolume } from './seal-volume.ts'
import { type Spool, spoolError } from './spool.ts'
import { spoolSource, storedSource } from './spool-source.ts'
import type { ResolvedStoreOptions } from './store-options.ts'
import { dlistName, newVolumeName } from './volume-recipe.ts'

/** Longest pause between two attempts, as a multiple of the first. */
const MAX_BACKOFF = 1024

/**
 * Sends volumes. Every attempt has a name of its own, so that what a failed one left behind, or what of it arrives
 * late, never stands in for a good volume; the abandoned name is remembered for deletion in the same commit that
 * enters the new one.
 */
export class VolumeUploads {
  readonly #options: ResolvedStoreOptions
  readonly #limiter: Limiter
  /** Settles when all that were told of volumes so far have answered; never rejects. */
  #told: Promise<void> = Promise.resolve()
  #uploadedBytes = 0
  #totalBytes = 0

  constructor(options: ResolvedStoreOptions) {
    this.#options = options
    this.#limiter = new Limiter(options.uploads)
  }

  /**
   * Stores the volumes of one pending upload in their order, then enters them as uploaded. After an abort or a failure
   * they stay entered as being uploaded, and the next look at the listing decides what became of them.
   *
   * @throws StorageError where another attempt cannot help, as `STORAGE_FULL`; CoreError `DESTINATION_UPLOAD_FAILED`
   *   after the last attempt; `signal.reason`; whatever the hook threw, when all is stored
   */
  async upload(pending: PendingUpload, { signal }: CallOptions = {}): Promise<void> {
    await this.#limiter.run(async () => {
      await this.#seal(pending)
      for (const { file } of pending.items) this.#totalBytes += file.sizeBytes
      for (const item of pending.items) await this.#store(item, pending, signal)
      this.#options.catalog.volumes.setState(
        pending.items.map(({ volumeId }) => volumeId),
        'uploaded'
      )
      try {
        for (const item of pending.items) await this.#tell(item)
      } finally {
        for (const { file } of pending.items) removeFiles(file)
      }
    }, signal)
  }

  /** Makes OpenPGP messages of volumes that become some, and enters what they are then. */
  async #seal({ items }: PendingUpload): Promise<void> {
    const { catalog } = this.#options
    let dblock: VolumeFile | undefined
    const sealed: UploadItem[] = []
    for (const item of items) {
      const { name } = item.file
      if (!this.#mustSeal(item.file)) continue
      // The index tells hash and size of the volume as it is stored.
      if (item.type === 'dindex' && dblock !== undefined)
        item.file = await this.#rewriteIndex(item.file, dblock.name, dblock, name)
      else item.file = await this.#sealed(item.file)
      if (item.type === 'dblock') dblock = item.file
      sealed.push(item)
    }
    if (sealed.length === 0) return
    catalog.transaction(() => {
      for (const { volumeId, file } of sealed)
        catalog.volumes.update(volumeId, { size: file.sizeBytes, hash: file.hash })
    })
  }

  #mustSeal({ name, plainPath }: VolumeFile): boolean {
    return this.#options.encryptor !== undefined && plainPath === undefined && name.endsWith('.gpg')
  }

  async #sealed(file: VolumeFile): Promise<VolumeFile> {
    const { encryptor, settings } = this.#options
    if (encryptor === undefined) return file
    const sealed = await sealVolume(file, `${file.path}.sealed`, { encryptor, fileHash: settings.fileHash })
    return { ...sealed, plainPath: file.path }
  }

  async #store(item: UploadItem, pending: PendingUpload, signal: AbortSignal | undefined): Promise<void> {
    const { clock, emit, retries, retryDelayMs, exponentialBackoff } = this.#options
    const damaged: string[] = []
    for (let attempt = 1; ; attempt++) {
      const { name } = item.file
      try {
        await this.#put(item, signal)
        break
      } catch (error) {
        signal?.throwIfAborted()
        const taken = item.type === 'dlist' && isTercetError(error, 'STORAGE_EXISTS')
        if (await this.#isStoredAfterAll(item, taken, signal)) break
        // What the destination has taken over is not here any more to be sent again.
        if (!taken && (!mayRetry(error) || !existsSync(item.file.path))) throw error
        if (attempt > retries || !this.#hasNameLeft(item, pending)) throw uploadFailed(name, attempt, error)
        const factor = exponentialBackoff ? Math.min(2 ** (attempt - 1), MAX_BACKOFF) : 1
        const delayMs = taken ? 0 : retryDelayMs * factor
        const reason = isTercetError(error) ? error.code : String(error)
        emit({ type: 'volume-retry', name, attempt, delayMs, reason })
        if (delayMs > 0) await clock.sleep(delayMs, { signal })
        await this.#rename(item, pending, !taken)
        if (isTercetError(error, 'STORAGE_CORRUPT')) damaged.push(name)
      }
    }
    await this.#removeDamaged(damaged, signal)
  }

  /**
   * What arrived damaged is known to be there, and goes at once; an attempt whose answer is not known may arrive yet, and
   * is left for a later look at the listing, as is whatever cannot be deleted now.
   */
  async #removeDamaged(names: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const { volumes } = this.#options.catalog
    const abandoned = names.flatMap((name) => volumes.byName(name) ?? [])
    if (abandoned.length > 0) await deleteProven(this.#options, abandoned, { signal })
  }

  /**
   * An attempt may succeed and only its answer be lost. That is known for certain when the destination has taken the
   * file over, which is the last thing it does, and when a name that was free is taken by these very bytes.
   */
  async #isStoredAfterAll(
    item: UploadItem,
    taken: boolean,
    signal: AbortSignal | undefined
  ): Promise<boolean> {
    const { backend, spool, settings } = this.#options
    const { name, path, sizeBytes, hash } = item.file
    if (!taken && existsSync(path)) return false
    try {
      const found = await untilAborted(backend.stat(name, { signal }), signal)
      if (found.sizeBytes !== undefined && found.sizeBytes !== sizeBytes) return false
      using fetched = await fetchVolume(backend, spool, name, {
        signal,
        hashAlgorithm: settings.fileHash
      })
      return fetched.hash !== undefined && equalBytes(fetched.hash, hash)
    } catch {
      signal?.throwIfAborted()
      return false
    }
  }

  async #put(item: UploadItem, signal: AbortSignal | undefined): Promise<void> {
    const { backend, emit, verifyUploads, settings } = this.#options
    const { name, path, sizeBytes, hash } = item.file
    emit({ type: 'volume-start', name, sizeBytes })
    if (item.type === 'dlist') await this.#assertFree(name, signal)
    let sent = 0
    const onProgress = (sentBytes: number) => {
      this.#uploadedBytes += sentBytes - sent
      sent = sentBytes
      emit({ type: 'upload-progress', uploadedBytes: this.#uploadedBytes, totalBytes: this.#totalBytes })
    }
    try {
      const put = backend.put(name, spoolSource(path, sizeBytes), {
        signal,
        onProgress,
        ...(settings.fileHash === 'SHA256' ? { sha256: hash } : {}),
        ...(item.type === 'dlist' && backend.capabilities.conditionalPut ? { ifAbsent: true } : {})
      })
      const stored = await untilAborted(put, signal)
      assertSize(name, sizeBytes, stored.sizeBytes)
      if (verifyUploads !== 'no') {
        const found = await untilAborted(backend.stat(name, { signal }), signal)
        assertSize(name, sizeBytes, found.sizeBytes)
      }
      if (verifyUploads === 'content') await assertStored(this.#options, item.file, { signal })
    } catch (error) {
      onProgress(0)
      throw error
    }
    onProgress(sizeBytes)
    emit({ type: 'volume-end', name, sizeBytes })
  }

  /** The name of a dlist is a time, which another machine may have taken: its version must not be overwritten. */
  async #assertFree(name: string, signal: AbortSignal | undefined): Promise<void> {
    const { backend } = this.#options
    if (backend.capabilities.conditionalPut) return
    try {
      await untilAborted(backend.stat(name, { signal }), signal)
    } catch (error) {
      if (isTercetError(error, 'STORAGE_NOT_FOUND')) return
      throw error
    }
    throw new StorageError('STORAGE_EXISTS', `The destination already has ${name}`, {
      context: { path: name }
    })
  }

  #hasNameLeft(item: UploadItem, { timeLimit }: PendingUpload): boolean {
    return timeLimit === undefined || (this.#nextTime(item) ?? 0) < timeLimit
  }

  /** The time of a dlist is in its name. */
  #nextTime({ time }: UploadItem): number | undefined {
    return time === undefined ? undefined : freeVersionTime(this.#options.catalog, this.#options, time + 1)
  }

  /** Gives the next attempt a name of its own. `abandon`: something of this one may be at the destination. */
  async #rename(item: UploadItem, pending: PendingUpload, abandon: boolean): Promise<void> {
    const { catalog, spool } = this.#options
    const old = item.file
    const time = this.#nextTime(item)
    const name = this.#newName(item.type, time)
    const file = { ...old, name, path: spool.pathOf(name) }
    const index = item.type === 'dblock' ? pending.items.find(({ type }) => type === 'dindex') : undefined
    const newIndex = index === undefined ? undefined : await this.#rewriteIndex(index.file, old.name, file)
    // Also moves the file away from an attempt that is not really over, and that might take it over yet.
    moveInSpool(old.path, file.path, spool)
    catalog.transaction(() => {
      catalog.volumes.update(item.volumeId, { name, time })
      if (abandon) {
        catalog.volumes.add({ name: old.name, type: item.type, state: 'deleting', time: item.time })
      }
      if (index !== undefined && newIndex !== undefined) {
        const { name: indexName, sizeBytes: size, hash } = newIndex
        catalog.volumes.update(index.volumeId, { name: indexName, size, hash })
      }
      if (time !== undefined) pending.onNewTime?.(time)
    })
    item.file = file
    item.time = time
    if (index === undefined || newIndex === undefined) return
    removeFiles(index.file)
    this.#totalBytes += newIndex.sizeBytes - index.file.sizeBytes
    index.file = newIndex
  }

  #newName(type: UploadItem['type'], time: number | undefined): string {
    return type === 'dlist' ? dlistName(this.#options, time ?? 0) : newVolumeName(this.#options, type)
  }

  async #rewriteIndex(
    dindex: VolumeFile,
    from: string,
    dblock: VolumeFile,
    name = newVolumeName(this.#options, 'dindex')
  ): Promise<VolumeFile> {
    const { key, settings, spool, clock, encryptor } = this.#options
    const { path: old } = dindex
    const path = spool.pathOf(name)
    const change = { name, path: path === old ? `${path}.new` : path, from, dblock }
    const createdAt = new Date(clock.now())
    const options = { key, settings, fileHash: settings.fileHash }
    const rewritten = await rewriteDindex(dindex, { ...change, createdAt }, options)
    if (encryptor === undefined || !name.endsWith('.gpg')) return rewritten
    if (rewritten.path !== path) rmSync(old, { force: true })
    return await this.#sealed(rewritten)
  }

  /** One after the other, in the order in which volumes were acknowledged. */
  #tell(item: UploadItem): Promise<void> {
    const { backend, onVolumeStored, settings } = this.#options
    if (onVolumeStored === undefined) return Promise.resolve()
    const { name, path, sizeBytes, hash } = item.file
    const told = this.#told.then(async () => {
      const source = await storedSource(backend, name, path, sizeBytes)
      const volume: StoredVolume = {
        path: name,
        type: item.type,
        sizeBytes,
        hash,
        hashAlgorithm: settings.fileHash,
        source
      }
      await onVolumeStored(volume)
    })
    this.#told = told.catch(() => {})
    return told
  }
}

function moveInSpool(from: string, to: string, spool: Spool): void {
  try {
    renameSync(from, to)
  } catch (error) {
    throw spoolError(error, spool.folder)
  }
}

/** Failures that another attempt cannot mend; whatever is not understood is tried again. */
function mayRetry(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return false
  return !isTercetError(error) || error.retry !== 'never' || error.code === 'STORAGE_UNEXPECTED'
}

function assertSize(name: string, expected: number, found: number | undefined): void {
  if (found === undefined || found === expected) return
  throw new StorageError('STORAGE_CORRUPT', `${name} arrived with ${found} bytes instead of ${expected}`, {
    retry: 'may-help',
    context: { path: name, expected, found }
  })
}

function uploadFailed(name: string, attempts: number, cause: unknown): CoreError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CoreError(
    'DESTINATION_UPLOAD_FAILED',
    `The volume ${name} could not be stored in ${attempts} attempt${attempts === 1 ? '' : 's'}: ${reason}`,
    {
      cause,
      retry: 'exhausted',
      context: { volume: name, attempts, reason: isTercetError(cause) ? cause.code : 'UNKNOWN' }
    }
  )
}
