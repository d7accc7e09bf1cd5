import { equalBytes, hashBytes } from '@tercet/crypto'
import { HashTable } from '../common/hash-table.ts'
import type { StoredSettings } from '../common/stored-settings.ts'

/** Blocks that are to be found again. What is offered is verified before it is taken. */
export class WantedBlocks {
  readonly #settings: StoredSettings
  readonly #table: HashTable
  readonly #isFound: boolean[] = []
  readonly #take: (hash: Uint8Array, bytes: Uint8Array) => void
  #found = 0

  /** @param take is given each block once */
  constructor(
    settings: StoredSettings,
    hashSizeBytes: number,
    take: (hash: Uint8Array, bytes: Uint8Array) => void
  ) {
    this.#settings = settings
    this.#table = new HashTable(hashSizeBytes)
    this.#take = take
  }

  /** How many are still wanted. */
  get left(): number {
    return this.#table.count - this.#found
  }

  get found(): number {
    return this.#found
  }

  add(hashes: Uint8Array, offset: number): void {
    this.#table.add(hashes, offset)
  }

  isWanted(hashes: Uint8Array, offset = 0): boolean {
    const number = this.#table.find(hashes, offset)
    return number >= 0 && this.#isFound[number] !== true
  }

  /** Those that are still wanted. */
  *hashes(): Generator<Uint8Array> {
    for (let number = 0; number < this.#table.count; number++)
      if (this.#isFound[number] !== true) yield this.#table.hashAt(number)
  }

  /** Whether the bytes are that block, which is then wanted no more. */
  offer(hashes: Uint8Array, offset: number, bytes: Uint8Array): boolean {
    const number = this.#table.find(hashes, offset)
    if (number < 0 || this.#isFound[number] === true) return false
    const hash = this.#table.hashAt(number)
    if (!equalBytes(hashBytes(this.#settings.blockHash, bytes), hash)) return false
    this.#isFound[number] = true
    this.#found += 1
    this.#take(hash, bytes)
    return true
  }
}
