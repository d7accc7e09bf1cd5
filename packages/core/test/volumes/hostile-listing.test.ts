/** Listings as a hostile or broken store might give them. */
import type { StorageEntry } from '@tercet/interface'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CatalogVolume, VolumeState, VolumeType } from '../../src/catalog/volume-table.ts'
import { CoreError } from '../../src/core-error.ts'
import { listedVolumes } from '../../src/portable/listed-volumes.ts'
import { type ListingMode, reconcileListing } from '../../src/volumes/reconcile-listing.ts'

const NOW = 1_700_000_000_000
const TYPES: readonly VolumeType[] = ['dblock', 'dindex', 'dlist']
const STATES: readonly VolumeState[] = ['uploading', 'uploaded', 'verified', 'deleting', 'deleted']
const MODES: readonly ListingMode[] = ['verify-only', 'strict', 'clean']

const NAMES: Readonly<Record<VolumeType, string>> = {
  dblock: 'duplicati-b00.dblock.zip.aes',
  dindex: 'duplicati-i00.dindex.zip.aes',
  dlist: 'duplicati-20250702T080000Z.dlist.zip.aes'
}

const PIECES = [
  ...[
    'duplicati',
    'other',
    '-',
    'b0',
    'i0',
    '.dblock',
    '.dlist',
    '.dindex',
    '.zip',
    '.aes',
    '.par2',
    '../',
    '/',
    '\\',
    '..'
  ],
  ...[
    '\0',
    '\n',
    '\u202e',
    '\ud800',
    'ﬀ',
    '20250702T080000Z',
    '__proto__',
    'constructor',
    'deleted-',
    '-verification.json',
    ''
  ]
]

const names = fc.oneof(
  fc.constantFrom(...Object.values(NAMES)),
  fc.constantFrom(...Object.values(NAMES).map((name) => name.toUpperCase())),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.constant('x'.repeat(100_000))
)

const sizes = fc.constantFrom(
  100,
  0,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  1e300,
  0.5,
  undefined
)

const listing = fc.array(
  fc.record({ path: names, sizeBytes: sizes, archived: fc.constantFrom(true, false, undefined) }),
  { maxLength: 12 }
)

const known = fc
  .array(fc.record({ type: fc.constantFrom(...TYPES), state: fc.constantFrom(...STATES) }), { maxLength: 3 })
  .map((list) =>
    list.map(
      ({ type, state }, i): CatalogVolume => ({
        id: i + 1,
        name: NAMES[type].replace('00', `0${i}`),
        type,
        state,
        size: 100,
        hash: new Uint8Array(32),
        createdAt: 0,
        stateChangedAt: NOW - 10 * 3_600_000,
        verifiedCount: 0,
        verifiedAt: undefined,
        archived: false,
        processed: true,
        time: undefined
      })
    )
  )

test('a catalog meets any listing: nothing is thrown, nothing foreign is deleted, no wrong size passes', () => {
  fc.assert(
    fc.property(
      known,
      listing,
      fc.constantFrom(...MODES),
      fc.boolean(),
      (volumes, remote, mode, sizeProves) => {
        const plan = reconcileListing(volumes, remote, {
          mode,
          prefix: 'duplicati',
          now: NOW,
          sizeProves,
          describedBy: () => []
        })
        for (const list of [plan.deletions, plan.abandoned, plan.gone, plan.seen, plan.completed])
          for (const volume of list) expect(volumes).toContain(volume)
        for (const { name } of [...plan.seen, ...plan.completed]) {
          const { sizeBytes, archived } = remote.find(({ path }: StorageEntry) => path === name)!
          // Stores list what is archived as empty, or say no size at all.
          if (sizeBytes !== undefined && archived !== true) expect(sizeBytes).toBe(100)
          if (archived === true) expect([100, 0, undefined]).toContain(sizeBytes)
        }
        for (const { name } of plan.unknown) expect(name).not.toMatch(/[/\\\0]/)
        expect(plan.otherPrefixes.length).toBeLessThanOrEqual(16)
      }
    ),
    { seed: 20_250_702, numRuns: 2000 }
  )
})

test('a destination is opened by any names: as they are, or refused with a code', () => {
  fc.assert(
    fc.property(fc.array(names, { maxLength: 30 }), (all) => {
      try {
        const { prefix, dlists, dindexes, dblocks } = listedVolumes(all)
        for (const { name } of [...dlists, ...dindexes, ...dblocks]) {
          expect(all).toContain(name)
          expect(name.startsWith(`${prefix}-`)).toBe(true)
        }
      } catch (error) {
        if (!(error instanceof CoreError)) throw error
      }
    }),
    { seed: 20_250_702, numRuns: 2000 }
  )
})
