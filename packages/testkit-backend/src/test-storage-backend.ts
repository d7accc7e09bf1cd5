import { describe, test } from 'vitest'
import {
  type BackendTarget,
  conformanceCases,
  DEFAULT_TIMEOUT_MS,
  runConformanceCase
} from './conformance.ts'

/** Declares the tests of the contract for one backend, in a file that vitest runs. */
export function testStorageBackend(name: string, target: BackendTarget): void {
  const limit = (target.caseTimeoutMs ?? DEFAULT_TIMEOUT_MS) + 10_000
  describe(`${name} keeps the contract of a storage backend`, () => {
    for (const { id, title } of conformanceCases) {
      test(`${id}: ${title}`, () => runConformanceCase(target, id), limit)
    }
  })
}
