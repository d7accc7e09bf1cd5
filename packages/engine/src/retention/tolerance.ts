const HOUR_MS = 3_600_000

/**
 * How much earlier than `durationMs` still counts as that long: a tenth, at most two hours. A daily run may so start an
 * hour early after one that was an hour late, as at the change to daylight saving time, and no day is lost (W16).
 */
export function toleranceOf(durationMs: number): number {
  return Math.min(durationMs / 10, 2 * HOUR_MS)
}

/** The same for the age beyond which everything goes: a hundredth, at most an hour (behaviour section 14.1). */
export function ageTolerance(durationMs: number): number {
  return Math.min(durationMs / 100, HOUR_MS)
}
