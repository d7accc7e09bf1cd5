/** Duplicati waits this long for a version of the future, and refuses to run beyond it. */
const TOLERATED_SECONDS = 5

/** The label of a new version, and how it came about. */
export interface VersionTime {
  /** Seconds since 1970. */
  readonly time: number
  /** The clock is behind the newest version by more than a moment. */
  readonly clockIsBehind: boolean
}

/**
 * Chooses the label of a new version: the present second, or the next free one where versions follow each other within
 * a second (the list is then published when that second has come). When the clock was set back, a free second of the
 * past: versions are in order by sequence, and no label may lie in the future.
 */
export function chooseVersionTime(
  nowSeconds: number,
  newest: number | undefined,
  isTaken: (time: number) => boolean
): VersionTime {
  let time = nowSeconds
  if (newest !== undefined && newest > nowSeconds + TOLERATED_SECONDS) {
    while (isTaken(time)) time -= 1
    return { time, clockIsBehind: true }
  }
  if (newest !== undefined && newest >= time) time = newest + 1
  while (isTaken(time)) time += 1
  return { time, clockIsBehind: false }
}
