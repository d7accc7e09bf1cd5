import type { Capabilities, StorageBackend } from '@tercet/interface'

/** A kind of backend under test. */
export interface BackendTarget {
  /** Opens a fresh, empty store. Called once for each case. */
  readonly open: () => StorageBackend | Promise<StorageBackend>
  /** Removes the store of the case that has ended. The backend was disposed of before. */
  readonly close?: (() => void | Promise<void>) | undefined
  /** Opens the store of the present case once more, for what must outlive a backend object. */
  readonly reopen?: (() => StorageBackend | Promise<StorageBackend>) | undefined
  /** Promises that the backend must make; a guard against losing one unnoticed. */
  readonly capabilities?: Partial<Capabilities> | undefined
  /** Entries that the listing case makes; more than one page of any store. @defaultValue 1100 */
  readonly manyEntries?: number | undefined
  /** Names that this store cannot have, such as those that Windows forbids. */
  readonly impossibleNames?: ((name: string) => boolean) | undefined
  /** Seed of the random command sequences. @defaultValue 1 */
  readonly seed?: number | undefined
  /** Random command sequences. @defaultValue 20 */
  readonly sequences?: number | undefined
  /** Time after which a case that hangs has failed, in milliseconds. @defaultValue 240 000 */
  readonly caseTimeoutMs?: number | undefined
}

/** One requirement of the contract. */
export interface ConformanceCase {
  /** Stable, in kebab-case. */
  readonly id: string
  /** The requirement as a sentence. */
  readonly title: string
}
