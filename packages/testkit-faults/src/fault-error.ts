import { TercetError } from '@tercet/interface'

/**
 * - `FAULT_UNUSED` a scripted fault was never reached, so the test did not test what it was written for
 * - `FAULT_CRASH` the world was stopped here by a crash point
 * - `FAULT_NO_CRASH` a crash test did not come to its end within the number of steps that was allowed
 */
export type FaultErrorCode = 'FAULT_UNUSED' | 'FAULT_CRASH' | 'FAULT_NO_CRASH'

/** What the fault kit itself has to say. */
export class FaultError extends TercetError<FaultErrorCode> {}

/** Stands for the end of the process: no code under test may handle it as a failure that it can go on after. */
export class CrashError extends FaultError {
  constructor(message: string) {
    super('FAULT_CRASH', message)
  }
}
