/**
 * A hash table whose slots are in the order of their keys ("ordered linear probing"): a key's home is proportional to
 * the key, and everything between its home and its place is taken by smaller or equal keys. So a search ends at the
 * first greater key, and the table can be spread over more slots in place, without a second table.
 *
 * A slot is three 32-bit words: upper and lower half of the key, and value + 1, where 0 means empty. Keys may repeat.
 * There is no wrapping round: what the last homes cannot take goes into a tail behind them.
 */
export const WORDS_PER_SLOT = 3

export interface Slots {
  /** All slots, tail included; longer than needed is fine. */
  words: Uint32Array
  /** Number of homes. */
  homes: number
  /** Number of slots in use: homes and tail. */
  slots: number
}

/** First slot that a key may be in. Never falls as the key rises. */
function homeOf(table: Slots, high: number): number {
  return Math.floor((high / 2 ** 32) * table.homes)
}

/** Slot of the first entry with this key, or of the first greater one, or the empty one where the key would be. */
export function findSlot(table: Slots, high: number, low: number): number {
  const { words, slots } = table
  let slot = homeOf(table, high)
  for (; slot < slots; slot++) {
    const at = slot * WORDS_PER_SLOT
    if (words[at + 2] === 0) return slot
    const other = words[at] as number
    if (other > high || (other === high && (words[at + 1] as number) >= low)) return slot
  }
  return slot
}

/** Whether the slot holds an entry with this key. */
export function holds(table: Slots, slot: number, high: number, low: number): boolean {
  if (slot >= table.slots) return false
  const at = slot * WORDS_PER_SLOT
  return table.words[at + 2] !== 0 && table.words[at] === high && table.words[at + 1] === low
}

export function valueAt(table: Slots, slot: number): number {
  return (table.words[slot * WORDS_PER_SLOT + 2] as number) - 1
}

/** First empty slot at or behind this one; `table.slots` when there is none, and the tail must be made longer. */
export function emptySlotFrom(table: Slots, slot: number): number {
  const { words, slots } = table
  while (slot < slots && words[slot * WORDS_PER_SLOT + 2] !== 0) slot++
  return slot
}

/** Puts an entry into `slot`; those up to the empty slot move one on. */
export function insertAt(
  table: Slots,
  slot: number,
  empty: number,
  high: number,
  low: number,
  value: number
): void {
  const { words } = table
  const at = slot * WORDS_PER_SLOT
  for (let to = empty * WORDS_PER_SLOT + 2; to > at + 2; to--)
    words[to] = words[to - WORDS_PER_SLOT] as number
  words[at] = high
  words[at + 1] = low
  words[at + 2] = value + 1
}

/** Takes an entry out; those behind it that are not at home move one back. */
export function removeAt(table: Slots, slot: number): void {
  const { words, slots } = table
  let hole = slot
  for (let next = hole + 1; next < slots; next++, hole++) {
    const from = next * WORDS_PER_SLOT
    if (words[from + 2] === 0 || homeOf(table, words[from] as number) === next) break
    move(words, next, hole)
  }
  words[hole * WORDS_PER_SLOT + 2] = 0
}

/** Slots that the entries would reach up to with this number of homes. */
export function reachWith(table: Slots, homes: number): number {
  const { words, slots } = table
  const wider = { ...table, homes }
  let end = 0
  for (let slot = 0; slot < slots; slot++) {
    const at = slot * WORDS_PER_SLOT
    if (words[at + 2] !== 0) end = Math.max(homeOf(wider, words[at] as number), end) + 1
  }
  return end
}

/**
 * Spreads the entries over more homes, in place: first all are pushed together at the far end, then each is put where
 * it belongs, which is never behind where it waits. `words` must have room for `slots`, which {@link reachWith} bounds.
 */
export function spread(table: Slots, homes: number, slots: number): void {
  const { words } = table
  let waiting = slots
  for (let slot = table.slots - 1; slot >= 0; slot--) {
    if (words[slot * WORDS_PER_SLOT + 2] !== 0) move(words, slot, --waiting)
  }
  table.homes = homes
  table.slots = slots
  let free = 0
  for (; waiting < slots; waiting++) {
    const place = Math.max(homeOf(table, words[waiting * WORDS_PER_SLOT] as number), free)
    move(words, waiting, place)
    free = place + 1
  }
}

function move(words: Uint32Array, from: number, to: number): void {
  if (from === to) return
  const source = from * WORDS_PER_SLOT
  const target = to * WORDS_PER_SLOT
  words[target] = words[source] as number
  words[target + 1] = words[source + 1] as number
  words[target + 2] = words[source + 2] as number
  words[source + 2] = 0
}
