import { isTercetError } from '@tercet/interface'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { PlannedDelete } from '../plan/sync-plan.ts'
import { renameFile } from '../transfer/rename-file.ts'
import { forEachLimited } from './for-each-limited.ts'
import type { ReplicaState } from './replica-state.ts'

export interface DeleteFilesOptions {
  readonly state: ReplicaState
  readonly endpoint: Endpoint
  readonly concurrency: number
  readonly signal: AbortSignal
  readonly onDone: (file: PlannedDelete) => void
  readonly onKept: (file: PlannedDelete) => void
}

/**
 * Deletes or renames files of one class, in as few requests as the store allows. One that cannot be deleted stays and is
 * told of; one that is locked stays and is no failure. Resolves with those that stay.
 */
export async function deleteFiles(
  files: readonly PlannedDelete[],
  given: Omit<DeleteFilesOptions, 'onKept'>
): Promise<readonly PlannedDelete[]> {
  const kept: PlannedDelete[] = []
  const options: DeleteFilesOptions = { ...given, onKept: (file) => kept.push(file) }
  const { concurrency, signal } = options
  const { backend } = options.state.replica
  const renames = files.filter(({ renameTo }) => renameTo !== undefined)
  await forEachLimited(renames, concurrency, signal, (file) => renameOne(file, options))
  const deletes = files.filter(({ renameTo }) => renameTo === undefined)
  const size = Math.max(1, backend.capabilities.deleteBatchSize)
  const batches: PlannedDelete[][] = []
  for (let start = 0; start < deletes.length; start += size) batches.push(deletes.slice(start, start + size))
  await forEachLimited(batches, concurrency, signal, (batch) => deleteBatch(batch, options))
  return kept
}

async function renameOne(file: PlannedDelete, options: DeleteFilesOptions): Promise<void> {
  const { state, endpoint, signal } = options
  const { ledger } = state.replica
  const to = file.renameTo as string
  try {
    await renameFile({ endpoint, from: file.path, to, keepsOriginal: false, signal })
    ledger?.delete(file.path)
    state.renamed.files++
    state.renamed.bytes += file.sizeBytes ?? 0
    options.onDone(file)
  } catch (error) {
    noteKept(file, error, options)
  }
}

async function deleteBatch(batch: readonly PlannedDelete[], options: DeleteFilesOptions): Promise<void> {
  const { state, endpoint, signal } = options
  const { backend, ledger } = state.replica
  const failures = new Map<string, unknown>()
  try {
    const [only] = batch
    if (batch.length === 1 && only !== undefined) {
      await endpoint.run('delete', { method: 'delete', signal }, () => backend.delete(only.path, { signal }))
    } else {
      let pending = batch.map(({ path }) => path)
      await endpoint
        .run('delete', { method: 'deleteMany', signal }, async () => {
          const failed = await backend.deleteMany(pending, { signal })
          for (const path of pending) failures.delete(path)
          for (const { path, error } of failed) failures.set(path, error)
          const again = failed.filter(({ error }) => isTercetError(error) && error.retry === 'may-help')
          pending = again.map(({ path }) => path)
          if (again[0] !== undefined) throw again[0].error
        })
        .catch((error) => {
          signal.throwIfAborted()
          for (const path of pending) failures.set(path, failures.get(path) ?? error)
        })
    }
  } catch (error) {
    signal.throwIfAborted()
    for (const { path } of batch) failures.set(path, error)
  }
  for (const file of batch) {
    const error = failures.get(file.path)
    if (error !== undefined) {
      noteKept(file, error, options)
      continue
    }
    ledger?.delete(file.path)
    state.deleted.files++
    state.deleted.bytes += file.sizeBytes ?? 0
    options.onDone(file)
  }
}

function noteKept(file: PlannedDelete, error: unknown, options: DeleteFilesOptions): void {
  const { state, signal } = options
  signal.throwIfAborted()
  options.onKept(file)
  const { id } = state.replica
  if (isTercetError(error, 'STORAGE_LOCKED')) {
    state.locked++
    state.issue(
      'SYNC_LOCKED',
      'warning',
      `${file.path} is locked at the replica "${id}" and stays`,
      file.path
    )
    return
  }
  const why = error instanceof Error ? error.message : String(error)
  state.issue(
    'SYNC_DELETE_FAILED',
    'warning',
    `${file.path} could not be removed from the replica "${id}": ${why}`,
    file.path
  )
}
