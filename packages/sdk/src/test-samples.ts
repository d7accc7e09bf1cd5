import type { CatalogReader } from '@tercet/core'
import { ConfigurationError } from '@tercet/interface'

/** How much is verified after a run. */
export interface TestSampleOptions {
  /** Sets of volumes that are verified afterwards; 0: none, unless `testPercentage` says otherwise. @defaultValue 1 */
  readonly testSamples?: number | undefined
  /** Least share of the volumes that is verified, from 0 to 100. @defaultValue 0.1, without samples 0 */
  readonly testPercentage?: number | undefined
}

/** @throws ConfigurationError `CONFIG_INVALID_VALUE` */
export function resolveTestSamples({
  testSamples = 1,
  testPercentage = testSamples === 0 ? 0 : 0.1
}: TestSampleOptions): Required<TestSampleOptions> {
  if (!Number.isSafeInteger(testSamples) || testSamples < 0)
    throw new ConfigurationError('CONFIG_INVALID_VALUE', 'run: "testSamples" must be a whole number from 0')
  if (!(typeof testPercentage === 'number' && testPercentage >= 0 && testPercentage <= 100))
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      'run: "testPercentage" must be a number from 0 to 100'
    )
  return { testSamples, testPercentage }
}

/** So many volumes of each class are verified: the share is of the class that has most. */
export function sampleCount(
  catalog: CatalogReader,
  { testSamples = 0, testPercentage = 0 }: TestSampleOptions
): number {
  const counts = { dblock: 0, dindex: 0, dlist: 0 }
  for (const { type } of catalog.volumes.all({ states: ['uploaded', 'verified'] })) counts[type] += 1
  const most = Math.max(counts.dblock, counts.dindex, counts.dlist)
  return Math.max(testSamples, Math.round((most * testPercentage) / 100))
}
