/**
 * The order in which a replica takes its files, and which replicas can be fed together. One that waited for a file which
 * its feed reads later, while the spool is full of files that it takes later still, would wait for ever: so a feed reads
 * in exactly the order in which all its replicas take.
 */
import { comparePutOrder, PUT_ORDER } from '../file-class.ts'
import type { PlannedPut, ReplicaPlan } from '../plan/sync-plan.ts'
import type { FedFile } from '../transfer/feed-slot.ts'

/** The steps of a plan, the first first. */
export function stepsOf({ puts, deletes }: ReplicaPlan): number[] {
  return [...new Set([...puts, ...deletes].map(({ step }) => step))].sort((a, b) => a - b)
}

/** The files of one step, class by class. */
export function classesOf({ puts }: ReplicaPlan, step: number): PlannedPut[][] {
  const files = puts.filter((put) => put.step === step)
  return PUT_ORDER.map((fileClass) => files.filter((put) => put.class === fileClass))
}

export interface FedTogether {
  readonly replicas: readonly ReplicaPlan[]
  readonly files: readonly FedFile[]
}

/** Replicas that take in one order share a feed; each of the others has one of its own. Not all have to be fed. */
export function groupByOrder(
  plans: readonly ReplicaPlan[],
  isFed: (plan: ReplicaPlan) => boolean
): FedTogether[] {
  const sequences = new Map(plans.map((plan) => [plan, isFed(plan) ? sequenceOf(plan) : []]))
  const byPath = new Map([...sequences.values()].flat().map((put) => [put.path, put]))
  const order = new Map([...byPath.values()].sort(comparePutOrder).map(({ path }, n) => [path, n]))
  const isInOrder = (plan: ReplicaPlan) =>
    (sequences.get(plan) as PlannedPut[]).every(({ path }, n, all) => {
      const before = all[n - 1]
      return before === undefined || (order.get(before.path) as number) < (order.get(path) as number)
    })
  const together = plans.filter(isInOrder)
  const groups = plans.filter((plan) => !together.includes(plan)).map((plan) => [plan])
  if (together.length > 0) groups.unshift(together)
  return groups.map((group) => {
    const files = filesOf(group, sequences)
    if (group === together) {
      files.sort((a, b) => (order.get(a.path) as number) - (order.get(b.path) as number))
    }
    return { replicas: group, files }
  })
}

function sequenceOf(plan: ReplicaPlan): PlannedPut[] {
  return stepsOf(plan).flatMap((step) => classesOf(plan, step).flat())
}

function filesOf(
  group: readonly ReplicaPlan[],
  sequences: ReadonlyMap<ReplicaPlan, readonly PlannedPut[]>
): FedFile[] {
  const files = new Map<string, FedFile & { readonly consumers: Set<string> }>()
  for (const plan of group) {
    for (const { path, sizeBytes } of sequences.get(plan) ?? []) {
      const file = files.get(path) ?? { path, sizeBytes, consumers: new Set() }
      file.consumers.add(plan.id)
      files.set(path, file)
    }
  }
  return [...files.values()]
}
