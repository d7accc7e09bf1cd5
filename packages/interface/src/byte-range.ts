import type { GetOptions } from './storage-backend.ts'

/** True when {@link GetOptions} ask for less than everything, which needs the capability `rangedGet`. */
export function isRanged(options: GetOptions | undefined): boolean {
  return (options?.offset ?? 0) !== 0 || options?.length !== undefined
}

/**
 * The bytes of an object of `sizeBytes` that {@link GetOptions} ask for: from `start`, up to and without `end`. A range
 * that begins at or behind the end is empty, one that reaches beyond it is cut.
 *
 * @throws RangeError when offset or length is not a safe integer of at least 0
 */
export function resolveRange(
  options: GetOptions | undefined,
  sizeBytes: number
): { start: number; end: number } {
  assertCount(options?.offset, 'offset')
  assertCount(options?.length, 'length')
  const start = Math.min(options?.offset ?? 0, sizeBytes)
  const end = Math.min(start + (options?.length ?? sizeBytes), sizeBytes)
  return { start, end }
}

function assertCount(value: number | undefined, name: string): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return
  throw new RangeError(`${name} must be a whole number of at least 0, not ${value}`)
}
