/** Which files go when: the four orders of deletion, and what room each needs. */

import { counted, formatCount } from '@tercet/interface'
import { compareText, DELETE_ORDER } from '../file-class.ts'
import type { ResolvedReplica } from '../resolve-options.ts'
import type { DeleteOrder, PlanSyncOptions } from '../sync-options.ts'
import type { ComparedFile, ComparedPut } from './compare-places.ts'
import type { Refusal } from './sync-plan.ts'

/** Room beyond the bytes to be put that `auto` wants to see. */
const MARGIN = 1.05

export interface Steps {
  readonly order: Exclude<DeleteOrder, 'auto'>
  stepOfPut(path: string): number
  stepOfDelete(path: string): number
  /** Lists of versions that are taken away for a while, and put again later: the step in which each goes. */
  readonly hidden: ReadonlyMap<string, number>
}

export interface OrderStepsOptions {
  readonly replica: ResolvedReplica
  readonly puts: readonly ComparedPut[]
  /** Those that are deleted and not renamed give room. */
  readonly deletes: readonly ComparedFile[]
  /** Undefined: not known. */
  readonly freeBytes: number | undefined
  readonly newestPrimaryDlist: string | undefined
  /** Lists of versions that the replica has now. */
  readonly replicaDlists: readonly string[]
  readonly requiredVolumes: PlanSyncOptions['requiredVolumes']
}

export async function orderSteps(options: OrderStepsOptions): Promise<Steps | Refusal> {
  const { replica, puts, deletes, freeBytes } = options
  const chosen = replica.settings.deleteOrder
  const needed = sum(puts)
  const freed = replica.settings.retention ? 0 : sum(deletes)
  const fits = (bytes: number) => freeBytes === undefined || bytes <= freeBytes
  if (chosen === 'before-copy')
    return fits(needed - freed) ? fixed('before-copy') : noSpace(options, needed - freed)
  if (chosen === 'after-copy') return fits(needed) ? fixed('after-copy') : noSpace(options, needed)
  if (chosen === 'auto' && (puts.length === 0 || freeBytes === undefined || freeBytes >= needed * MARGIN)) {
    return fixed('after-copy')
  }
  const interleaved = await interleave(options)
  if (interleaved !== undefined) return interleaved
  return chosen === 'auto' && fits(needed) ? fixed('after-copy') : noSpace(options, needed)
}

function fixed(order: 'after-copy' | 'before-copy'): Steps {
  const putsFirst = order === 'after-copy'
  return {
    order,
    stepOfPut: () => (putsFirst ? 0 : 1),
    stepOfDelete: () => (putsFirst ? 1 : 0),
    hidden: new Map()
  }
}

/**
 * Keeps all that the newest version which the replica can restore needs; deletes other surplus until the newest version
 * of the primary fits; puts that one; then deletes and puts the rest. Undefined when it cannot be told or does not fit.
 */
async function interleave(options: OrderStepsOptions): Promise<Steps | undefined> {
  const { replica, puts, deletes, freeBytes, newestPrimaryDlist, replicaDlists, requiredVolumes } = options
  if (requiredVolumes === undefined || newestPrimaryDlist === undefined) return undefined
  if (replica.settings.retention) return undefined
  // A version that the listing does not show yet may need what would be deleted.
  if (replica.backend.capabilities.listing !== 'immediate') return undefined
  const needsOfAnchor = await requiredVolumes(newestPrimaryDlist, { primary: true })
  if (needsOfAnchor === undefined || needsOfAnchor === 'broken') return undefined
  const needsByDlist = new Map<string, ReadonlySet<string>>()
  for (const dlist of replicaDlists) {
    const needs = await requiredVolumes(dlist, { replica: replica.id })
    if (needs === undefined) return undefined
    if (needs !== 'broken') needsByDlist.set(dlist, needs)
  }
  // One that cannot be restored now protects nothing: an older one may be all that there is.
  const newestKept = [...needsByDlist.keys()].sort((a, b) => compareText(b, a))[0]
  const kept = new Set(newestKept === undefined ? [] : [newestKept, ...(needsByDlist.get(newestKept) ?? [])])
  const anchor = new Set([newestPrimaryDlist, ...needsOfAnchor])
  const anchorBytes = sum(puts.filter(({ path }) => anchor.has(path)))
  let room = freeBytes ?? 0
  const early = new Set<string>()
  const candidates = deletes
    .filter(({ path }) => !kept.has(path))
    .sort(
      (a, b) => DELETE_ORDER.indexOf(a.class) - DELETE_ORDER.indexOf(b.class) || compareText(a.path, b.path)
    )
  for (const candidate of candidates) {
    if (room >= anchorBytes && candidate.class !== 'dlist') break
    early.add(candidate.path)
    room += candidate.sizeBytes ?? 0
  }
  // Where the store does not tell its room, what can be done is done.
  const isKnown = freeBytes !== undefined
  if (isKnown && room < anchorBytes) return undefined
  const afterAnchor = room - anchorBytes + sum(deletes.filter(({ path }) => !early.has(path)))
  if (isKnown && afterAnchor < sum(puts.filter(({ path }) => !anchor.has(path)))) return undefined
  const surplus = new Set(deletes.map(({ path }) => path))
  const hidden = new Map<string, number>()
  for (const [dlist, needs] of needsByDlist) {
    if (surplus.has(dlist)) continue
    if ([...needs].some((name) => early.has(name))) hidden.set(dlist, 0)
    else if (dlist !== newestPrimaryDlist && [...needs].some((name) => surplus.has(name)))
      hidden.set(dlist, 2)
  }
  return {
    order: 'interleaved',
    stepOfPut: (path) => (anchor.has(path) ? 1 : 3),
    stepOfDelete: (path) => (early.has(path) ? 0 : 2),
    hidden
  }
}

function noSpace({ replica, freeBytes }: OrderStepsOptions, needed: number): Refusal {
  return {
    code: 'SYNC_NO_SPACE',
    message: `The replica "${replica.id}" has ${counted(freeBytes ?? 0, 'byte')} free and needs ${formatCount(needed)}; make room, or choose deleteOrder "before-copy"`
  }
}

function sum(files: readonly { readonly sizeBytes: number | undefined }[]): number {
  let bytes = 0
  for (const { sizeBytes } of files) bytes += sizeBytes ?? 0
  return bytes
}
