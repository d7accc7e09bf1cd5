import { openCatalog } from '@tercet/core'
import { describe, expect, test } from 'vitest'
import { resolveTestSamples, sampleCount } from '../src/test-samples.ts'

async function catalogWith(dblocks: number, dlists: number) {
  const catalog = await openCatalog({ path: undefined })
  const add = (type: 'dblock' | 'dlist', count: number): void => {
    for (let i = 0; i < count; i++) catalog.volumes.add({ name: `${type}${i}`, type, state: 'uploaded' })
  }
  catalog.transaction(() => {
    add('dblock', dblocks)
    add('dlist', dlists)
    catalog.volumes.add({ name: 'on its way', type: 'dblock', state: 'uploading' })
  })
  return catalog
}

describe('how many sets of volumes are verified', () => {
  test.each([
    [{}, 1],
    [{ testSamples: 3 }, 3],
    [{ testPercentage: 10 }, 60],
    [{ testSamples: 100, testPercentage: 10 }, 100],
    [{ testSamples: 0 }, 0],
    [{ testSamples: 0, testPercentage: 1 }, 6],
    [{ testPercentage: 100 }, 600]
  ])('%j of 600 volumes of one class', async (options, count) => {
    using catalog = await catalogWith(600, 10)
    expect(sampleCount(catalog, resolveTestSamples(options))).toBe(count)
  })
  test('the class that has most decides, by default at 0.1 percent', async () => {
    using catalog = await catalogWith(10, 1600)
    expect(sampleCount(catalog, resolveTestSamples({}))).toBe(2)
  })
  test.each([{ testSamples: -1 }, { testSamples: 1.5 }, { testPercentage: 101 }, { testPercentage: -1 }])(
    '%j is refused',
    (options) => {
      expect(() => resolveTestSamples(options)).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID_VALUE' })
      )
    }
  )
})
