/** Seconds since 1970 as ISO 8601, without fractions. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '')
}
