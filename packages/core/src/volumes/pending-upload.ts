import type { Catalog } from '../catalog/catalog.ts'
import type { VolumeType } from '../catalog/volume-table.ts'
import type { FinishedVolume, VolumeFile } from './finished-volume.ts'

/** One file on its way. Name, size and hash change when an attempt fails. */
export interface UploadItem {
  readonly volumeId: number
  readonly type: VolumeType
  file: VolumeFile
  /** Of a dlist: the time in its name. */
  time: number | undefined
}

/** Volumes that are in the catalog as being uploaded, and go to the destination in this order. */
export interface PendingUpload {
  readonly items: readonly UploadItem[]
  /** Called in the transaction that gives a dlist another time, because the name with the first one is not to be had. */
  readonly onNewTime: ((time: number) => void) | undefined
  /** Times that a dlist may get are before this one, in seconds since 1970. */
  readonly timeLimit?: number | undefined
}

/**
 * Enters a dblock with its blocks and its dindex. This commits what is about to be sent before anything is sent, so it
 * belongs into the transaction with everything that counts on the volume.
 */
export function registerVolume(catalog: Catalog, volume: FinishedVolume): PendingUpload {
  return catalog.transaction(() => {
    const dblock = addItem(catalog, 'dblock', volume.dblock)
    const hashSize = volume.sizes.length === 0 ? 0 : volume.hashes.length / volume.sizes.length
    let at = 0
    for (const { firstOrdinal, count } of volume.runs) {
      catalog.blocks.add({
        volumeId: dblock.volumeId,
        first: firstOrdinal,
        count,
        hashes: volume.hashes.subarray(at * hashSize, (at + count) * hashSize),
        sizes: volume.sizes.subarray(at, at + count)
      })
      at += count
    }
    if (volume.dindex === undefined) return { items: [dblock], onNewTime: undefined }
    const dindex = addItem(catalog, 'dindex', volume.dindex)
    catalog.volumes.linkIndex(dindex.volumeId, dblock.volumeId)
    return { items: [dblock, dindex], onNewTime: undefined }
  })
}

/** Enters a dindex for dblock volumes that are stored. */
export function registerIndex(
  catalog: Catalog,
  file: VolumeFile,
  dblockIds: readonly number[]
): PendingUpload {
  return catalog.transaction(() => {
    const dindex = addItem(catalog, 'dindex', file)
    for (const id of dblockIds) catalog.volumes.linkIndex(dindex.volumeId, id)
    return { items: [dindex], onNewTime: undefined }
  })
}

/**
 * Enters a dlist; `time`, in seconds since 1970, is the one in its name. It may be uploaded only when all that it lists
 * has been. `onNewTime` is called, in the transaction that renames the dlist, if the version gets another time.
 */
export function registerDlist(
  catalog: Catalog,
  file: VolumeFile,
  time: number,
  onNewTime?: (time: number) => void
): PendingUpload {
  return { items: [addItem(catalog, 'dlist', file, time)], onNewTime }
}

/**
 * Enters a dlist that is to take the place of that of a version. Until `filesets.rewrite` names it, it does not count,
 * and the next look at the listing takes it away again. One at a time. Where the version is followed by another one, its
 * time must stay before that, `timeLimit`: the upload is given up when no name is left.
 */
export function registerReplacement(
  catalog: Catalog,
  file: VolumeFile,
  time: number,
  options: Pick<PendingUpload, 'timeLimit'> & Partial<Pick<PendingUpload, 'onNewTime'>> = {}
): PendingUpload {
  return catalog.transaction(() => {
    const pending = registerDlist(catalog, file, time, options.onNewTime)
    catalog.volumes.setUncommittedList(pending.items[0]!.volumeId)
    return { ...pending, timeLimit: options.timeLimit }
  })
}

function addItem(catalog: Catalog, type: VolumeType, file: VolumeFile, time?: number): UploadItem {
  const volumeId = catalog.volumes.add({
    name: file.name,
    type,
    state: 'uploading',
    size: file.sizeBytes,
    hash: file.hash,
    processed: true,
    time
  })
  return { volumeId, type, file, time }
}
