import type { Issue } from '@tercet/interface'
import type { FileClass } from '../file-class.ts'

/**
 * What one place has of a file.
 *
 * - `intact` what was stored there; where nothing tells, what every other place has too
 * - `damaged` something else
 * - `missing` nothing, and it should have it
 * - `unreadable` it could not be read; it is kept
 * - `archived` it lies in cold storage and is not read
 * - `unknown` nothing tells
 */
export type CopyState = 'intact' | 'damaged' | 'missing' | 'unreadable' | 'archived' | 'unknown'

/** A file of which not every copy is as it should be. */
export interface HealFile {
  readonly path: string
  readonly sizeBytes: number | undefined
  readonly class: FileClass
  /** By the name of the place. */
  readonly copies: Readonly<Record<string, CopyState>>
  /** How right was told from wrong: by a recorded hash, by the caller, by what a ledger says was put there, or not at all. */
  readonly evidence: 'recorded' | 'verified' | 'ledger' | 'agreement' | 'none'
  /** Where the right bytes are; undefined: nowhere, or it cannot be told. */
  readonly from?: string | undefined
  /** SHA-256 of the right bytes, hexadecimal, where no record tells them. */
  readonly sha256?: string | undefined
  /** Where they are put. */
  readonly to: readonly string[]
}

/** Which copies are wrong, and what is done about it: plain data. */
export interface HealPlan {
  readonly files: readonly HealFile[]
  readonly checked: { readonly files: number; readonly bytes: number }
  readonly issues: readonly Issue[]
}

/** True when nothing is wrong, as far as it was looked at. */
export function isHealthy({ files, issues }: HealPlan): boolean {
  return files.length === 0 && issues.length === 0
}
