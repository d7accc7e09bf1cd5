/** What the exit code of a script says. */
export interface ScriptVerdict {
  /** The operation is carried out. */
  readonly goesOn: boolean
  readonly level: 'warning' | 'error' | undefined
}

/**
 * 0 run, 1 do not run; 2 and 3 the same with a warning, 4 and above with an error. A script that comes later cannot stop
 * anything: for it 0 and 1 are good, and the rest only tells how bad it is.
 */
export function verdictOf(exitCode: number, isBefore: boolean): ScriptVerdict {
  const level = exitCode < 2 ? undefined : exitCode < 4 ? 'warning' : 'error'
  const goesOn = !isBefore || exitCode === 0 || exitCode === 2 || exitCode === 4
  return { goesOn, level }
}
