/** What the program tells the shell; the same for all commands. */
export const EXIT = {
  /** Done, also when there was nothing to do. */
  done: 0,
  /** Done, with warnings. */
  warnings: 2,
  /** Ended with errors, or incomplete. */
  errors: 3,
  /** Stopped or cancelled. */
  stopped: 50,
  /** Failed or refused. */
  failed: 100,
  /** Wrong usage or configuration; nothing was done. */
  usage: 200
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const BY_OUTCOME = {
  success: EXIT.done,
  warning: EXIT.warnings,
  error: EXIT.errors,
  stopped: EXIT.stopped
} as const

export function exitCodeOf(outcome: keyof typeof BY_OUTCOME): ExitCode {
  return BY_OUTCOME[outcome]
}
