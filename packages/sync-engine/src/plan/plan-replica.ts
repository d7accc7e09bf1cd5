import type { Issue } from '@tercet/interface'
import type { Endpoint } from '../endpoint/endpoint.ts'
import { comparePutOrder, compareText, DELETE_ORDER } from '../file-class.ts'
import { retainedNameFor } from '../reserved-names.ts'
import type { ResolvedPlanOptions, ResolvedReplica } from '../resolve-options.ts'
import type { ComparedPrimary, ComparedPut, ComparedReplica } from './compare-places.ts'
import { orderSteps, type Steps } from './order-steps.ts'
import { findExpired } from './retention.ts'
import type { PlannedDelete, PlannedPut, Refusal, ReplicaPlan } from './sync-plan.ts'
import type { Verification } from './verify-contents.ts'

export interface PlanReplicaOptions {
  readonly replica: ResolvedReplica
  readonly endpoint: Endpoint
  readonly compared: ComparedReplica
  readonly isNew: boolean
  readonly verification: Verification | undefined
  readonly primary: ComparedPrimary
  readonly options: ResolvedPlanOptions
}

/** Puts what was compared and verified into the order in which it is done. */
export async function planReplica(given: PlanReplicaOptions): Promise<ReplicaPlan> {
  const { replica, compared, isNew, verification, primary } = given
  const issues: Issue[] = [...(verification?.issues ?? [])]
  const unmended = [...(verification?.unmended ?? [])]
  const wanted: ComparedPut[] = []
  for (const put of compared.puts) {
    if (!put.isArchived) wanted.push(put)
    else {
      unmended.push(put.path)
      issues.push(archived(put.path, replica.id))
    }
  }
  for (const file of verification?.toMend ?? []) {
    wanted.push({ ...file, reason: 'mismatch', replacedBytes: file.sizeBytes ?? 0, isArchived: false })
  }
  const steps = await orderSteps({
    replica,
    puts: wanted,
    deletes: compared.surplus,
    freeBytes: wanted.length === 0 ? undefined : await freeBytesOf(given),
    newestPrimaryDlist: primary.newestDlist,
    replicaDlists: compared.dlistPaths,
    requiredVolumes: given.options.requiredVolumes
  })
  if ('code' in steps) return refused(replica, steps)
  const puts = planPuts(wanted, steps)
  const deletes = planDeletes(given, steps)
  return {
    id: replica.id,
    displayName: replica.backend.displayName,
    isNew,
    puts,
    deletes,
    deleteOrder: steps.order,
    putBytes: sum(puts),
    deleteBytes: sum(deletes),
    equalFiles: compared.equalFiles - (verification?.toMend.length ?? 0),
    equalBytes: compared.equalBytes - sum(verification?.toMend ?? []),
    foreignFiles: compared.foreignFiles,
    retainedFiles: compared.retained.length,
    verified: {
      files: verification?.files ?? 0,
      bytes: verification?.bytes ?? 0,
      mismatched: verification?.mismatched ?? 0
    },
    samples: compared.samples.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
    unmended,
    issues
  }
}

/** The plan of a replica that is left alone. */
export function refused(replica: ResolvedReplica, refusal: Refusal): ReplicaPlan {
  return {
    id: replica.id,
    displayName: replica.backend.displayName,
    isNew: false,
    puts: [],
    deletes: [],
    deleteOrder: 'after-copy',
    putBytes: 0,
    deleteBytes: 0,
    equalFiles: 0,
    equalBytes: 0,
    foreignFiles: 0,
    retainedFiles: 0,
    verified: { files: 0, bytes: 0, mismatched: 0 },
    samples: [],
    refusal,
    unmended: [],
    issues: []
  }
}

function planPuts(wanted: readonly ComparedPut[], steps: Steps): PlannedPut[] {
  const puts = wanted.map(({ isArchived: _, ...put }) => ({ ...put, step: steps.stepOfPut(put.path) }))
  for (const path of steps.hidden.keys()) {
    if (puts.some((put) => put.path === path)) continue
    puts.push({ path, sizeBytes: undefined, class: 'dlist', reason: 'missing', step: steps.stepOfPut(path) })
  }
  return puts.sort((a, b) => a.step - b.step || comparePutOrder(a, b))
}

function planDeletes({ replica, compared, options }: PlanReplicaOptions, steps: Steps): PlannedDelete[] {
  const nowMs = options.clock.now()
  const taken = new Set(compared.retained.map(({ path }) => path))
  const deletes: PlannedDelete[] = []
  for (const file of compared.surplus) {
    const renameTo = replica.settings.retention ? freeName(file.path, nowMs, taken) : undefined
    deletes.push({
      ...file,
      reason: 'surplus',
      ...(renameTo === undefined ? {} : { renameTo }),
      step: steps.stepOfDelete(file.path)
    })
  }
  for (const [path, step] of steps.hidden) {
    deletes.push({ path, sizeBytes: undefined, class: 'dlist', reason: 'surplus', step })
  }
  const last = steps.order === 'before-copy' ? 0 : steps.order === 'after-copy' ? 1 : 2
  for (const file of findExpired(compared.retained, replica.settings, nowMs)) {
    deletes.push({
      path: file.path,
      sizeBytes: file.sizeBytes,
      class: 'other',
      reason: 'expired',
      step: last
    })
  }
  for (const file of compared.leftovers) deletes.push({ ...file, reason: 'leftover', step: last })
  const rank = (file: PlannedDelete) => DELETE_ORDER.indexOf(file.class)
  return deletes.sort((a, b) => a.step - b.step || rank(a) - rank(b) || compareText(a.path, b.path))
}

function freeName(path: string, nowMs: number, taken: Set<string>): string {
  for (let attempt = 0; ; attempt++) {
    const name = retainedNameFor(path, nowMs, attempt)
    if (taken.has(name)) continue
    taken.add(name)
    return name
  }
}

/** Undefined where the store does not tell, and where it was not to be asked. */
async function freeBytesOf({
  replica,
  endpoint,
  isNew,
  options
}: PlanReplicaOptions): Promise<number | undefined> {
  const { backend, settings } = replica
  if (settings.quotaDisable || isNew || !backend.capabilities.quota) return undefined
  const { signal } = options
  try {
    const quota = await endpoint.run('other', { method: 'quota', signal }, () => backend.quota({ signal }))
    return quota.freeBytes !== undefined && quota.freeBytes >= 0 ? quota.freeBytes : undefined
  } catch {
    signal?.throwIfAborted()
    return undefined
  }
}

function archived(path: string, id: string): Issue {
  return {
    code: 'SYNC_ARCHIVED',
    severity: 'error',
    message: `${path} of the primary lies in cold storage and cannot be copied to the replica "${id}"; ask the store to restore it first`,
    volume: path
  }
}

function sum(files: readonly { readonly sizeBytes?: number | undefined }[]): number {
  let bytes = 0
  for (const { sizeBytes } of files) bytes += sizeBytes ?? 0
  return bytes
}
