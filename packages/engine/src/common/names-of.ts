/** Names that a message shows. */
const NAMES_SHOWN = 5

/** The first of some names for a message. */
export function namesOf(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN)
  return names.length > NAMES_SHOWN ? `${shown.join(', ')}, …` : shown.join(', ')
}
