const value = new Float64Array(1)
const bits = new BigInt64Array(value.buffer)

/**
 * Seconds since 1970 as the double that Node's calls take, which hold a present time to about 240 ns: the latest one that
 * is not after the time, so that a file never seems to be of the next second, nor newer than it was.
 */
export function doubleTime(seconds: number, nanoseconds: number): number {
  const time = seconds + nanoseconds / 1e9
  // The difference is exact: both are multiples of what the last bit of `time` stands for.
  return (time - seconds) * 1e9 > nanoseconds ? before(time) : time
}

/** The next smaller double. */
function before(time: number): number {
  value[0] = time
  bits[0]! += time > 0 ? -1n : 1n
  return value[0]
}
