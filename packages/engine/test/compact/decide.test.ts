import { describe, expect, it } from 'vitest'
import type { CompactRules } from '../../src/compact/compact-plan.ts'
import { type CompactCandidate, decideCompaction } from '../../src/compact/decide.ts'

const MB = 1_000_000
const RULES: CompactRules = {
  threshold: 25,
  smallVolumeBytes: 10 * MB,
  maxSmallVolumes: 20,
  volumeSizeBytes: 50 * MB,
  maxDownloadBytes: Number.MAX_SAFE_INTEGER,
  readsBack: false
}

/** A volume whose blocks compress to half of their size. */
function volume(name: string, sizeMb: number, wastedMb: number, more: Partial<CompactCandidate> = {}) {
  const [sizeBytes, dataBytes, wastedBytes] = [sizeMb * MB, sizeMb * 2 * MB, wastedMb * 2 * MB]
  return { name, sizeBytes, dataBytes, wastedBytes, held: false, unreadable: false, ...more }
}

const names = (volumes: readonly { readonly name: string }[]) => volumes.map(({ name }) => name)
const decide = (volumes: readonly CompactCandidate[], rules: Partial<CompactRules> = {}) =>
  decideCompaction(volumes, { ...RULES, ...rules })

describe('what a compaction decides', () => {
  it('volumes of which nothing is needed go in any case', () => {
    const plan = decide([volume('a', 50, 50), volume('empty', 1, 0, { dataBytes: 0 }), volume('b', 50, 0)])
    expect(names(plan.volumesToDelete)).toEqual(['a', 'empty'])
    expect(plan).toMatchObject({ volumesToRewrite: [], bytesToFetch: 0, bytesToFree: 51 * MB })
  })

  it('waste counts when there is enough of it in all', () => {
    const full = Array.from({ length: 9 }, (_, i) => volume(`full-${i}`, 50, 0))
    expect(decide([volume('a', 50, 40), ...full]).volumesToRewrite).toEqual([])
    const plan = decide([volume('a', 50, 40), volume('b', 50, 5), volume('c', 50, 20), volume('d', 50, 1)])
    expect(plan.volumesToRewrite).toMatchObject([
      { name: 'a', reason: 'wasteful' },
      { name: 'c', reason: 'wasteful' }
    ])
    expect(plan).toMatchObject({ bytesToFetch: 100 * MB, bytesToStore: 40 * MB, bytesToFree: 60 * MB })
  })

  it('small volumes count when there are many, or when they fill one', () => {
    const small = (count: number, size: number) =>
      Array.from({ length: count }, (_, i) => volume(`${i}`, size, 0))
    expect(decide(small(20, 1)).volumesToRewrite).toEqual([])
    expect(decide(small(21, 1)).volumesToRewrite).toHaveLength(21)
    expect(decide(small(6, 9)).volumesToRewrite).toHaveLength(6)
    expect(decide(small(5, 10)).volumesToRewrite).toEqual([])
    // They stay while there are few, whatever becomes of others.
    expect(names(decide([volume('a', 50, 40), volume('b', 1, 0)]).volumesToRewrite)).toEqual(['a'])
  })

  it('nothing is rewritten for nothing, however low the threshold is', () => {
    expect(decide([volume('a', 50, 0), volume('b', 50, 0)], { threshold: 0 }).volumesToRewrite).toEqual([])
    expect(
      names(decide([volume('a', 50, 1), volume('b', 50, 0)], { threshold: 0 }).volumesToRewrite)
    ).toEqual(['a'])
  })

  it('what is held stays, and what cannot be read is not rewritten', () => {
    const plan = decide([
      volume('held', 50, 50, { held: true }),
      volume('cold', 50, 40, { unreadable: true }),
      volume('gone', 50, 50, { unreadable: true })
    ])
    expect(names(plan.volumesToDelete)).toEqual(['gone'])
    expect(plan.volumesToRewrite).toEqual([])
  })

  it('a budget takes what gives back the most, in the order of age', () => {
    const volumes = [volume('a', 50, 20), volume('b', 50, 45), volume('c', 50, 30), volume('d', 50, 40)]
    const plan = decide(volumes, { maxDownloadBytes: 120 * MB })
    expect(names(plan.volumesToRewrite)).toEqual(['b', 'd'])
    expect(names(plan.volumesDeferred)).toEqual(['a', 'c'])
    expect(decide(volumes, { maxDownloadBytes: 0 }).volumesToRewrite).toEqual([])
    // What is read back counts, too: 5 MB of b, 10 MB of d.
    const readsBack = { maxDownloadBytes: 114 * MB, readsBack: true }
    expect(decide(volumes, readsBack)).toMatchObject({ bytesToFetch: 50 * MB, bytesToReadBack: 5 * MB })
    expect(decide(volumes, { ...readsBack, maxDownloadBytes: 115 * MB }).volumesToRewrite).toHaveLength(2)
  })
})
