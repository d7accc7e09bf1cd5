/** What the choice of samples needs to know of a volume. */
export interface SampleCandidate {
  readonly verifiedCount: number
}

/** How many of `total` things a share (0 to 1) amounts to: rounded up, at least one where there is any, all at 1. */
export function sampleSize(total: number, share: number): number {
  if (total === 0 || share <= 0) return 0
  // The subtraction absorbs the error of products such as 0.07 * 100 = 7.000000000000001.
  return Math.min(total, Math.max(1, Math.ceil(total * share - 1e-9)))
}

/**
 * Chooses `count` candidates: those never verified first, then those verified least often, ties at random.
 *
 * @param random yields numbers from 0 up to, not including, 1
 */
export function chooseSamples<T extends SampleCandidate>(
  candidates: Iterable<T>,
  count: number,
  random: () => number
): T[] {
  return shuffled([...candidates], random)
    .sort((a, b) => a.verifiedCount - b.verifiedCount)
    .slice(0, count)
}

/** The first `count` numbers of a random order of 0 … total - 1. */
export function chooseIndexes(total: number, count: number, random: () => number): number[] {
  return shuffled(
    Array.from({ length: total }, (_, index) => index),
    random
  ).slice(0, count)
}

/** Fisher–Yates, in place. */
function shuffled<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const item = items[last] as T
    items[last] = items[other] as T
    items[other] = item
  }
  return items
}
