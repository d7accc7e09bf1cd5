import type { StorageEntry } from '@tercet/interface'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CatalogVolume, VolumeState, VolumeType } from '../../src/catalog/volume-table.ts'
import {
  type ListingPlan,
  type ReconcileOptions,
  reconcileListing
} from '../../src/volumes/reconcile-listing.ts'

const NOW = 1_700_000_000_000
const HOUR_MS = 3_600_000
const BLOCK = 'duplicati-b00.dblock.zip.aes'
const INDEX = 'duplicati-i00.dindex.zip.aes'
const LIST = 'duplicati-20250702T080000Z.dlist.zip.aes'

function volume(state: VolumeState, change: Partial<CatalogVolume> = {}): CatalogVolume {
  return {
    id: 1,
    name: BLOCK,
    type: 'dblock',
    state,
    size: 100,
    hash: new Uint8Array(32),
    createdAt: 0,
    stateChangedAt: NOW,
    verifiedCount: 0,
    verifiedAt: undefined,
    archived: false,
    processed: true,
    time: undefined,
    ...change
  }
}

function entry(sizeBytes: number | undefined = 100, change: Partial<StorageEntry> = {}): StorageEntry {
  return { path: BLOCK, sizeBytes, ...change }
}

function reconcile(
  known: CatalogVolume[],
  remote: StorageEntry[],
  change: Partial<ReconcileOptions> = {}
): ListingPlan {
  return reconcileListing(known, remote, {
    mode: 'clean',
    prefix: 'duplicati',
    now: NOW,
    sizeProves: true,
    describedBy: () => [],
    ...change
  })
}

/** What the plan says of volumes, without what is empty. */
function decisions(plan: ListingPlan): Record<string, string[]> {
  const { seen, completed, abandoned, deletions, gone, expired, archived, unarchived, pending } = plan
  const lists = { seen, completed, abandoned, deletions, gone, expired, archived, unarchived, pending }
  const result: Record<string, string[]> = {}
  for (const [key, volumes] of Object.entries(lists)) {
    if (volumes.length > 0) result[key] = volumes.map(({ name }) => name)
  }
  if (plan.checks.length > 0) result['checks'] = plan.checks.map((check) => check.volume.name)
  if (plan.defects.length > 0) result['defects'] = plan.defects.map(({ code }) => code)
  return result
}

const MISSING = { defects: ['DESTINATION_VOLUME_MISSING'] }
const NOTHING = {}

describe('reconcileListing: the table', () => {
  const absent = undefined
  const present = entry()
  const shorter = entry(60)
  const unsized = entry(100, { sizeBytes: undefined })
  const cases: [VolumeState, string, StorageEntry | undefined, object, object, object][] = [
    ['uploaded', 'missing', absent, MISSING, MISSING, MISSING],
    ['verified', 'missing', absent, MISSING, MISSING, MISSING],
    ['uploaded', 'right size', present, { seen: [BLOCK] }, { seen: [BLOCK] }, { seen: [BLOCK] }],
    ['uploaded', 'size not told', unsized, { seen: [BLOCK] }, { seen: [BLOCK] }, { seen: [BLOCK] }],
    ['verified', 'right size', present, NOTHING, NOTHING, NOTHING],
    ['uploaded', 'other size', shorter, { checks: [BLOCK] }, { checks: [BLOCK] }, { checks: [BLOCK] }],
    ['verified', 'other size', shorter, { checks: [BLOCK] }, { checks: [BLOCK] }, { checks: [BLOCK] }],
    [
      'uploading',
      'right size',
      present,
      { completed: [BLOCK] },
      { completed: [BLOCK] },
      { completed: [BLOCK] }
    ],
    ['uploading', 'size not told', unsized, { pending: [BLOCK] }, { checks: [BLOCK] }, { checks: [BLOCK] }],
    ['uploading', 'missing', absent, { pending: [BLOCK] }, MISSING, { abandoned: [BLOCK] }],
    [
      'uploading',
      'other size',
      shorter,
      { pending: [BLOCK] },
      MISSING,
      { abandoned: [BLOCK], deletions: [BLOCK] }
    ],
    ['temporary', 'present', present, { pending: [BLOCK] }, { deletions: [BLOCK] }, { deletions: [BLOCK] }],
    ['temporary', 'missing', absent, { pending: [BLOCK] }, { expired: [BLOCK] }, { expired: [BLOCK] }],
    ['deleting', 'present', present, { pending: [BLOCK] }, { deletions: [BLOCK] }, { deletions: [BLOCK] }],
    ['deleting', 'missing', absent, { pending: [BLOCK] }, { gone: [BLOCK] }, { gone: [BLOCK] }],
    ['deleted', 'present', present, NOTHING, NOTHING, NOTHING],
    ['deleted', 'missing', absent, NOTHING, NOTHING, NOTHING]
  ]

  it.each(cases)('%s, %s', (state, _, remote, verifyOnly, strict, clean) => {
    const listed = remote === undefined ? [] : [remote]
    const modes = { 'verify-only': verifyOnly, strict, clean } as const
    for (const mode of ['verify-only', 'strict', 'clean'] as const) {
      expect({ mode, ...decisions(reconcile([volume(state)], listed, { mode })) }).toEqual({
        mode,
        ...modes[mode]
      })
    }
  })

  it('keeps a deleted volume for two hours, then drops it, or deletes it again when it came late', () => {
    const before = volume('deleted', { stateChangedAt: NOW - 2 * HOUR_MS + 1 })
    const after = volume('deleted', { stateChangedAt: NOW - 2 * HOUR_MS })
    expect(decisions(reconcile([before], []))).toEqual({})
    expect(decisions(reconcile([before], [entry()]))).toEqual({})
    expect(decisions(reconcile([after], []))).toEqual({ expired: [BLOCK] })
    expect(decisions(reconcile([after], [entry()]))).toEqual({ deletions: [BLOCK] })
    expect(decisions(reconcile([after], [entry()], { mode: 'verify-only' }))).toEqual({})
  })

  it('looks into an interrupted upload where the right size proves nothing', () => {
    const plan = reconcile([volume('uploading')], [entry()], { sizeProves: false })
    expect(decisions(plan)).toEqual({ checks: [BLOCK] })
  })

  it('leaves protected volumes as they are', () => {
    const protect = new Set([1])
    for (const state of ['temporary', 'uploading'] as const) {
      expect(decisions(reconcile([volume(state)], [], { protect }))).toEqual({})
      expect(decisions(reconcile([volume(state)], [entry(7)], { protect }))).toEqual({})
    }
  })
})

describe('reconcileListing: a dindex', () => {
  const dblock = volume('uploading')
  const dindex = volume('uploading', { id: 2, name: INDEX, type: 'dindex' })
  const describedBy = (id: number) => (id === 2 ? [1] : [])

  it('goes with the dblock that came to nothing, even when it is complete itself', () => {
    const listed = [entry(60), entry(100, { path: INDEX })]
    expect(decisions(reconcile([dindex, dblock], listed, { describedBy }))).toEqual({
      abandoned: [BLOCK, INDEX],
      deletions: [BLOCK, INDEX]
    })
  })

  it('is given up alone when its dblock is complete', () => {
    expect(decisions(reconcile([dblock, dindex], [entry()], { describedBy }))).toEqual({
      completed: [BLOCK],
      abandoned: [INDEX]
    })
  })
})

describe('reconcileListing: a dlist, whose name another program may have used', () => {
  const dlist = (state: VolumeState) => volume(state, { name: LIST, type: 'dlist' })
  const remote = (sizeBytes: number) => [entry(sizeBytes, { path: LIST })]

  it('is looked into before anything is concluded from an interrupted upload', () => {
    for (const size of [100, 60]) {
      expect(decisions(reconcile([dlist('uploading')], remote(size)))).toEqual({ checks: [LIST] })
      expect(decisions(reconcile([dlist('uploading')], remote(size), { mode: 'verify-only' }))).toEqual({
        pending: [LIST]
      })
    }
    expect(decisions(reconcile([dlist('uploading')], []))).toEqual({ abandoned: [LIST] })
  })

  it('is not deleted when nothing was sent under its name', () => {
    const plan = reconcile([dlist('temporary')], remote(100))
    expect(decisions(plan)).toEqual({ defects: ['DESTINATION_CHANGED_ELSEWHERE'] })
    expect(decisions(reconcile([dlist('temporary')], []))).toEqual({ expired: [LIST] })
  })
})

describe('reconcileListing: names that the catalog does not know', () => {
  it('reports volumes of this prefix, and versions of another catalog by a code of their own', () => {
    const plan = reconcile([], [entry(1), entry(1, { path: INDEX }), entry(1, { path: LIST })])
    expect(plan.defects.map(({ code, volume, type }) => [code, volume, type])).toEqual([
      ['DESTINATION_UNKNOWN_VOLUMES', BLOCK, 'dblock'],
      ['DESTINATION_UNKNOWN_VOLUMES', INDEX, 'dindex'],
      ['DESTINATION_CHANGED_ELSEWHERE', LIST, 'dlist']
    ])
    expect(plan.unknown.map(({ name }) => name)).toEqual([BLOCK, INDEX, LIST])
    expect(plan.deletions).toEqual([])
  })

  it('ignores everything else, and counts it', () => {
    const plan = reconcile(
      [volume('verified')],
      [
        entry(),
        entry(5, { path: `${BLOCK}.par2` }),
        entry(5, { path: 'duplicati-verification.json' }),
        entry(5, { path: 'duplicati-access-privileges-test.tmp' }),
        entry(5, { path: 'other-b00.dblock.zip' }),
        entry(5, { path: 'other-20250702T080000Z.dlist.zip' }),
        entry(5, { path: 'holiday.jpg' }),
        entry(5, { path: `sub/${BLOCK}` })
      ]
    )
    expect(decisions(plan)).toEqual({})
    expect(plan).toMatchObject({ volumes: 1, bytes: 100, companions: 1, foreign: 4 })
    expect(plan.otherPrefixes).toContain('other')
  })

  it('reports a name that is listed twice', () => {
    const plan = reconcile([volume('verified')], [entry(), entry(), entry()])
    expect(plan.defects).toEqual([
      expect.objectContaining({ code: 'DESTINATION_DUPLICATE_NAMES', volume: BLOCK })
    ])
  })

  it('tells names apart by case, unless the destination does not', () => {
    const listed = [entry(100, { path: BLOCK.toUpperCase() })]
    expect(decisions(reconcile([volume('uploaded')], listed))).toEqual(MISSING)
    expect(decisions(reconcile([volume('uploaded')], listed, { caseInsensitive: true }))).toEqual({
      seen: [BLOCK]
    })
    const twice = [entry(), ...listed]
    expect(decisions(reconcile([volume('verified')], twice, { caseInsensitive: true }))).toEqual({
      defects: ['DESTINATION_DUPLICATE_NAMES']
    })
  })
})

describe('reconcileListing: cold storage', () => {
  it('notes what went there and what came back, and takes an empty size for right', () => {
    const cold = entry(0, { archived: true })
    expect(decisions(reconcile([volume('verified')], [cold]))).toEqual({ archived: [BLOCK] })
    expect(decisions(reconcile([volume('verified', { archived: true })], [cold]))).toEqual({})
    expect(decisions(reconcile([volume('verified', { archived: true })], [entry()]))).toEqual({
      unarchived: [BLOCK]
    })
    expect(decisions(reconcile([volume('verified')], [entry(7, { archived: true })]))).toEqual({
      archived: [BLOCK],
      checks: [BLOCK]
    })
  })
})

describe('reconcileListing: what never happens', () => {
  const STATES: VolumeState[] = ['temporary', 'uploading', 'uploaded', 'verified', 'deleting', 'deleted']
  const TYPES: VolumeType[] = ['dblock', 'dindex', 'dlist']
  const known = fc.array(
    fc.record({
      state: fc.constantFrom(...STATES),
      type: fc.constantFrom(...TYPES),
      listed: fc.constantFrom('no', 'right', 'wrong', 'unsized'),
      stateChangedAt: fc.integer({ min: NOW - 4 * HOUR_MS, max: NOW })
    }),
    { maxLength: 12 }
  )

  it('deletes or forgets nothing that is stored, and decides on each volume at most once', () => {
    fc.assert(
      fc.property(
        known,
        fc.constantFrom('verify-only', 'strict', 'clean'),
        fc.boolean(),
        (list, mode, sizeProves) => {
          const volumes = list.map(({ state, type, stateChangedAt }, i) =>
            volume(state, { id: i, type, stateChangedAt, name: `duplicati-b${i}.${type}.zip` })
          )
          const remote = list.flatMap(({ listed }, i) => {
            const sizeBytes = { no: undefined, right: 100, wrong: 7, unsized: undefined }[listed]
            return listed === 'no' ? [] : [{ path: volumes[i]!.name, sizeBytes }]
          })
          const plan = reconcile(volumes, remote, {
            mode: mode as ReconcileOptions['mode'],
            sizeProves,
            describedBy: (id) => (id > 0 ? [id - 1] : [])
          })
          const stored = volumes.filter(({ state }) => state === 'uploaded' || state === 'verified')
          for (const gone of [...plan.deletions, ...plan.abandoned, ...plan.expired, ...plan.gone]) {
            expect(stored).not.toContain(gone)
          }
          if (mode === 'verify-only') {
            expect([...plan.deletions, ...plan.abandoned, ...plan.expired, ...plan.gone]).toEqual([])
          }
          const { seen, completed, abandoned, gone, expired, pending } = plan
          const decided = [
            seen,
            completed,
            abandoned,
            gone,
            expired,
            pending,
            plan.checks.map((c) => c.volume)
          ].flat()
          expect(new Set(decided).size).toBe(decided.length)
          const missing = stored.filter(({ name }) => !remote.some(({ path }) => path === name))
          const reported = plan.defects.filter(({ code }) => code === 'DESTINATION_VOLUME_MISSING')
          for (const { name } of missing) expect(reported.map((defect) => defect.volume)).toContain(name)
        }
      ),
      { seed: 7, numRuns: 500 }
    )
  })
})
