import type { VerificationDepth } from './policy-options.ts'

/** Something that is known of a copy, and how: because somebody says so, or because it was seen. */
export interface Fact<Value> {
  readonly value: Value
  readonly basis: 'declared' | 'observed'
  /** What it was seen by, such as `listing`, `lock` or `verification`. */
  readonly by?: string | undefined
  /** When it was seen. Milliseconds since 1970. */
  readonly at?: number | undefined
}

/** Whether the content of a copy cannot be changed. */
export interface Immutability {
  readonly holds: boolean
  /** Until when; undefined: not said. Milliseconds since 1970. */
  readonly until?: number | undefined
}

/** All of a copy was verified this deep, and no part of it longer ago than this. */
export interface Verification {
  readonly depth: VerificationDepth
  /** Milliseconds since 1970. */
  readonly since: number
}

/** What is known of one copy. Whatever is not known is left out; it is never taken for granted. */
export interface CopyEvidence {
  readonly id: string
  /** `source`: the data itself. */
  readonly role: 'source' | 'primary' | 'replica'
  /** For people; without credentials. */
  readonly name: string
  readonly reachable?: Fact<boolean> | undefined
  /** Not connected, except while it is written to: it cannot be reached, and that is right. */
  readonly offline?: Fact<boolean> | undefined
  readonly medium?: Fact<string> | undefined
  readonly provider?: Fact<string> | undefined
  readonly site?: Fact<string> | undefined
  readonly immutable?: Fact<Immutability> | undefined
  readonly versions?: Fact<number> | undefined
  /** When its newest version was made. Milliseconds since 1970. */
  readonly newestVersionAt?: Fact<number> | undefined
  /** How many of the newest versions it lacks. */
  readonly versionsBehind?: Fact<number> | undefined
  /** `incomplete`: volumes are missing or have another size. `damaged`: something of it was found wrong. */
  readonly condition?: Fact<'sound' | 'incomplete' | 'damaged'> | undefined
  readonly verifications?: readonly Fact<Verification>[] | undefined
}

/** All that is known of the copies of a backup, one entry for each that is meant to be there. Plain data. */
export interface PolicyEvidence {
  /** When it was gathered. Milliseconds since 1970. */
  readonly now: number
  readonly copies: readonly CopyEvidence[]
}
