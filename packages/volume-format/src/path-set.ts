/**
 * Notices paths that occur twice, in 12 bytes a path instead of the path itself: a 96-bit fingerprint in open
 * addressing. Two of a million different paths are taken for one with a probability of 10^-17.
 */
export class PathSet {
  #slots = new Uint32Array(3 * 1024)
  #count = 0

  /** Adds a path; false when it is there already. */
  add(path: string): boolean {
    let a = 0x9e3779b9
    let b = 0x85ebca6b
    let c = 0xc2b2ae35
    for (let i = 0; i < path.length; i++) {
      const code = path.charCodeAt(i)
      a = Math.imul(a ^ code, 0x01000193)
      b = Math.imul(b ^ code, 0x5bd1e995) ^ (b >>> 15)
      c = Math.imul((c << 5) ^ (c >>> 2) ^ code, 0x9e3779b1)
    }
    a = finish(a ^ path.length)
    b = finish(b ^ a)
    // Zero marks a free slot.
    c = finish(c ^ b) || 1
    if (!this.#insert(a, b, c)) return false
    if (++this.#count * 3 * 2 > this.#slots.length) this.#grow()
    return true
  }

  #insert(a: number, b: number, c: number): boolean {
    const slots = this.#slots
    const size = slots.length / 3
    let slot = (a & (size - 1)) * 3
    while (slots[slot + 2] !== 0) {
      if (slots[slot] === a && slots[slot + 1] === b && slots[slot + 2] === c) return false
      slot = slot + 3 === slots.length ? 0 : slot + 3
    }
    slots[slot] = a
    slots[slot + 1] = b
    slots[slot + 2] = c
    return true
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(old.length * 2)
    for (let slot = 0; slot < old.length; slot += 3) {
      if (old[slot + 2] !== 0) this.#insert(old[slot]!, old[slot + 1]!, old[slot + 2]!)
    }
  }
}

/** Mixes all bits of a number into all others (the finisher of MurmurHash3). */
function finish(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
