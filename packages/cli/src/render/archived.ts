import { formatCounted } from '@tercet/sdk/format'

/** Names that are spelt out; the others are counted. */
const SHOWN = 10

/** Volumes that a restore needs and could not read, with what to do about it. */
export function archivedLines(names: readonly string[]): string[] {
  if (names.length === 0) return []
  return [
    `Archived  ${formatCounted(names.length, 'volume')} in cold storage; --ask-for-archived asks the store for exactly these:`,
    ...nameLines(names)
  ]
}

/** The first names, a line each. */
export function nameLines(names: readonly string[]): string[] {
  const shown = names.slice(0, SHOWN).map((name) => `  ${name}`)
  return names.length > SHOWN ? [...shown, `  and ${names.length - SHOWN} more; --json lists them`] : shown
}
