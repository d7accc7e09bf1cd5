import type { BigIntStats } from 'node:fs'
import { HashTable } from '../common/hash-table.ts'

const KEY_WORDS = 2

/**
 * Files of the target that entries want to take the place of, told apart by what they are instead of by their names. A
 * file system that does not tell letters of different case apart, or different forms of one letter, finds the same file
 * under two names; and a file may have further names that lie elsewhere.
 */
export class ClaimedFiles {
  readonly #keys = new BigUint64Array(KEY_WORDS)
  readonly #bytes = new Uint8Array(this.#keys.buffer)
  readonly #files = new HashTable(this.#bytes.length)
  /** Names of a file that were claimed, for those that have several. */
  readonly #names = new Map<number, number>()

  /** @returns false: other entries have claimed the file under all names that it has */
  claim(stat: BigIntStats): boolean {
    const known = this.#files.count
    const file = this.#number(stat)
    if (stat.nlink <= 1n || stat.isDirectory()) return file === known
    const names = (this.#names.get(file) ?? 0) + 1
    this.#names.set(file, names)
    return BigInt(names) <= stat.nlink
  }

  /** Whether the file has names that nobody has claimed: what is written into it appears there, too. */
  hasOtherNames(stat: BigIntStats): boolean {
    return stat.nlink > 1n && BigInt(this.#names.get(this.#number(stat)) ?? 0) < stat.nlink
  }

  #number({ ino, dev }: BigIntStats): number {
    this.#keys[0] = ino
    this.#keys[1] = dev
    return this.#files.add(this.#bytes)
  }
}
