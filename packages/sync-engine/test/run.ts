import {
  type ExecuteSyncOptions,
  executeSync,
  type PlanSyncOptions,
  planSync,
  type SyncResult
} from '../src/index.ts'
import { named, type World } from './places.ts'

export type RunOptions = Partial<PlanSyncOptions> & { readonly execute?: ExecuteSyncOptions }

/** Plans and carries out. */
export async function sync(world: World, options: RunOptions = {}): Promise<SyncResult> {
  const { execute, ...plan } = options
  return await executeSync(
    await planSync({
      primary: world.primary.backend,
      replicas: named(world),
      clock: world.clock,
      random: () => 0.5,
      primaryIsLocked: true,
      ...plan
    }),
    execute
  )
}
