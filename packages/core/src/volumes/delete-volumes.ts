import { type CallOptions, type Issue, isTercetError, untilAborted } from '@tercet/interface'
import type { CatalogVolume } from '../catalog/volume-table.ts'
import { CoreError } from '../core-error.ts'
import type { ResolvedStoreOptions } from './store-options.ts'

export interface DeleteReport {
  /** Names that are gone. */
  readonly deleted: readonly string[]
  /** Those that could not be deleted; they stay entered, and the next run tries again. */
  readonly notDeleted: readonly Issue[]
}

/**
 * Deletes volumes that the catalog has marked for it. Nothing is deleted without that proof, nor while anything still
 * counts on it (W31): the mark is committed before, together with the change that made the volume useless.
 *
 * @throws CoreError `DESTINATION_DELETE_REFUSED` before anything is deleted; `signal.reason`
 */
export async function deleteVolumes(
  options: ResolvedStoreOptions,
  volumes: readonly CatalogVolume[],
  { signal }: CallOptions = {}
): Promise<DeleteReport> {
  const { backend, catalog } = options
  for (const volume of volumes) assertDeletable(options, volume)
  const batchSize = Math.max(1, backend.capabilities.deleteBatchSize)
  const deleted: string[] = []
  const notDeleted: Issue[] = []
  for (let at = 0; at < volumes.length; at += batchSize) {
    const batch = volumes.slice(at, at + batchSize)
    const failed = await deleteBatch(options, batch, signal)
    const gone = batch.filter(({ name }) => !failed.has(name))
    catalog.volumes.setState(
      gone.map(({ id }) => id),
      'deleted'
    )
    deleted.push(...gone.map(({ name }) => name))
    for (const [volume, error] of failed) notDeleted.push(issueOf(volume, error))
  }
  return { deleted, notDeleted }
}

/** Deletes those of the volumes for which there is proof, and reports the others. */
export async function deleteProven(
  options: ResolvedStoreOptions,
  volumes: readonly CatalogVolume[],
  call: CallOptions
): Promise<DeleteReport> {
  const proven: CatalogVolume[] = []
  const refused: Issue[] = []
  for (const volume of volumes) {
    try {
      assertDeletable(options, volume)
      proven.push(volume)
    } catch (error) {
      refused.push(issueOf(volume.name, error))
    }
  }
  const { deleted, notDeleted } = await deleteVolumes(options, proven, call)
  return { deleted, notDeleted: [...refused, ...notDeleted] }
}

async function deleteBatch(
  { backend }: ResolvedStoreOptions,
  batch: readonly CatalogVolume[],
  signal: AbortSignal | undefined
): Promise<Map<string, unknown>> {
  const paths = batch.map(({ name }) => name)
  try {
    if (paths.length === 1) {
      await untilAborted(backend.delete(paths[0] as string, { signal }), signal)
      return new Map()
    }
    const failures = await untilAborted(backend.deleteMany(paths, { signal }), signal)
    return new Map(failures.map(({ path, error }) => [path, error]))
  } catch (error) {
    signal?.throwIfAborted()
    return new Map(paths.map((path) => [path, error]))
  }
}

function assertDeletable({ catalog }: ResolvedStoreOptions, volume: CatalogVolume): void {
  const row = catalog.volumes.byId(volume.id)
  const given = row?.state === 'deleting' || row?.state === 'temporary' || row?.state === 'deleted'
  if (row !== undefined && row.name === volume.name && given && !catalog.volumes.isReferenced(row.id)) return
  throw new CoreError(
    'DESTINATION_DELETE_REFUSED',
    `${volume.name} is not deleted: the catalog does not say that nothing needs it`,
    { context: { volume: volume.name, state: row?.state ?? 'unknown' } }
  )
}

function issueOf(volume: string, error: unknown): Issue {
  const reason = error instanceof Error ? error.message : String(error)
  return {
    code: isTercetError(error) ? error.code : 'STORAGE_UNEXPECTED',
    severity: 'warning',
    message: `The volume ${volume} was not deleted, which will be tried again: ${reason}`,
    volume
  }
}
