import { type CrashPoint, createCrashPoint } from './crash-point.ts'
import { FaultError } from './fault-error.ts'

export interface CrashEverywhereOptions {
  /** Builds its world anew and works in it through `crash`. What it rejects with after the crash is ignored. */
  readonly run: (crash: CrashPoint) => Promise<void>
  /** Looks at what the crash left: opens it again, goes on, compares. Also called after the run that was not stopped. */
  readonly check: (crash: CrashPoint) => Promise<void>
  /** Takes every n-th step only. @defaultValue 1 */
  readonly stride?: number | undefined
  /** The first step at which the world ends. @defaultValue 1 */
  readonly from?: number | undefined
  /** More steps than the work can have. @defaultValue 10 000 */
  readonly limit?: number | undefined
}

/**
 * Runs the same work again and again, stopped after its first operation, after its second, and so on until one run
 * comes to its end; resolves with the number of operations of that run.
 *
 * @throws FaultError `FAULT_NO_CRASH` when no run has come to its end within `limit` operations
 */
export async function crashEverywhere(options: CrashEverywhereOptions): Promise<number> {
  const { run, check, stride = 1, from = 1, limit = 10_000 } = options
  for (let after = from; after <= limit; after += stride) {
    const crash = createCrashPoint({ after })
    try {
      await run(crash)
    } catch (error) {
      if (!crash.crashed) throw error
    }
    await check(crash)
    if (!crash.crashed) return crash.count
  }
  throw new FaultError('FAULT_NO_CRASH', `The work has more than ${limit} operations; raise the limit`, {
    context: { limit }
  })
}
