/** The engine as it is shipped, and engines with one rule taken out, which the simulation has to catch. */
import {
  type ExecuteSyncOptions,
  executeSync,
  type PlanSyncOptions,
  planSync,
  type SyncPlan,
  type SyncResult
} from '../../src/index.ts'

export type Engine = (plan: PlanSyncOptions, execute: ExecuteSyncOptions) => Promise<SyncResult>

export const shipped: Engine = async (plan, execute) => await executeSync(await planSync(plan), execute)

type Writable = { -readonly [Key in keyof SyncPlan['replicas'][string]]: unknown } & {
  puts: { path: string; step: number; class: string; reason: string }[]
  deletes: { step: number }[]
}

function altering(
  alter: (replica: Writable, plan: SyncPlan) => void,
  options: Partial<PlanSyncOptions> = {}
): Engine {
  return async (given, execute) => {
    const plan = await planSync({ ...given, ...options })
    for (const replica of Object.values(plan.replicas)) alter(replica as unknown as Writable, plan)
    return await executeSync(plan, execute)
  }
}

export const broken: Readonly<Record<string, Engine>> = {
  'deletes first': altering((replica) => {
    if (replica.deleteOrder === 'before-copy') return
    for (const put of replica.puts) put.step = 9
    for (const file of replica.deletes) file.step = 0
  }),
  'shows lists first': altering(({ puts }, plan) => {
    const rank = ({ path }: { readonly path: string }) => (path.includes('.dlist.') ? 0 : 1)
    for (const put of puts) put.class = rank(put) === 0 ? 'dblock' : 'dindex'
    for (const files of [puts, plan.reads as unknown as { path: string }[]])
      files.sort((a, b) => rank(a) - rank(b))
  }),
  'compares sizes only': altering((replica) => {
    replica.puts = replica.puts.filter(({ reason }) => reason !== 'mismatch')
  }),
  'never looks again': altering(() => {}, { primaryIsLocked: true })
}
