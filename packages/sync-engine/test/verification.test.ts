import { createHash } from 'node:crypto'
import { createMemoryBackend } from '@tercet/backend-memory'
import { encodeVerificationFile } from '@tercet/volume-format'
import { describe, expect, test } from 'vitest'
import {
  decodeLedger,
  encodeLedger,
  type LedgerEntry,
  planSync,
  type RecordedFile,
  type VerifyLevel
} from '../src/index.ts'
import {
  backupOf,
  calls,
  contentOf,
  dblock,
  fill,
  makeWorld,
  named,
  type Place,
  text,
  type World
} from './places.ts'
import { sync } from './run.ts'

const ALWAYS = 1_000_000
const at = (world: World, n: number) => world.replicas[n] as Place
const sha256 = (content: string) => createHash('sha256').update(content).digest()

function recordOf(files: Record<string, string>): Map<string, RecordedFile> {
  return new Map(
    Object.entries(files).map(([path, content]) => [
      path,
      { sizeBytes: text(content).byteLength, hash: sha256(content), hashAlgorithm: 'SHA256' }
    ])
  )
}

/** Primary and replicas alike, of two versions; some contents may differ. */
async function alike(count: number, primary: Record<string, string>, ...replicas: Record<string, string>[]) {
  const world = makeWorld(count)
  await fill(world.primary.store, { ...backupOf(2), ...primary })
  for (let n = 0; n < count; n++) await fill(at(world, n).store, { ...backupOf(2), ...replicas[n] })
  return world
}

const WRONG = 'DATA 1 '.repeat(10)
const RIGHT = 'data 1 '.repeat(10)
const recorded = () => recordOf(backupOf(2))

describe('verification of what looks equal', () => {
  for (const [level, gets] of [
    ['none', 0],
    ['listing', 0],
    ['checksum', 0],
    ['download', 6]
  ] as const) {
    test(`V1: ${level} costs ${gets} downloads`, async () => {
      const world = await alike(1, {}, { [dblock(1)]: WRONG })
      const plan = await planSync({
        primary: world.primary.backend,
        replicas: named(world),
        verifyContents: level
      })
      expect(calls(at(world, 0), 'get')).toBe(gets)
      const finds = level === 'checksum' || level === 'download'
      expect(plan.replicas['a']?.verified.mismatched).toBe(finds ? 1 : 0)
      expect(plan.replicas['a']?.puts.map(({ path, reason }) => [path, reason])).toEqual(
        finds ? [[dblock(1), 'mismatch']] : []
      )
    })
  }

  test('V1: undamaged content passes', async () => {
    for (const level of ['checksum', 'download'] as const) {
      const world = await alike(1, {}, {})
      const result = await sync(world, { verifyContents: level })
      expect(result).toMatchObject({
        outcome: 'success',
        replicas: { a: { mismatched: 0, verified: { files: 6 }, copied: { files: 0 } } }
      })
    }
  })

  test('V2 L3: within the age nothing is verified again, and the budget is kept', async () => {
    const world = await alike(1, {}, {})
    const ledger = new Map<string, LedgerEntry>()
    const options = {
      replicas: { a: { backend: at(world, 0).backend, ledger } },
      verifyContents: 'download' as VerifyLevel,
      verifyMaxAgeMs: 3_600_000
    }
    expect((await sync(world, options)).replicas['a']?.verified.files).toBe(6)
    expect(ledger.get(dblock(1))).toMatchObject({
      sizeBytes: 70,
      sha256: sha256(RIGHT).toString('hex'),
      depth: 'download'
    })
    const before = calls(at(world, 0), 'get')
    expect((await sync(world, options)).replicas['a']?.verified.files).toBe(0)
    expect(calls(at(world, 0), 'get')).toBe(before)
    await world.clock.advance(3_600_001)
    expect((await sync(world, options)).replicas['a']?.verified.files).toBe(6)

    // 150 bytes a run: what was verified longest ago comes first, so that all have their turn.
    const seen = new Set<string>()
    for (let run = 0; run < 4; run++) {
      await world.clock.advance(1000)
      const now = world.clock.now()
      const result = await sync(world, { ...options, verifyMaxAgeMs: 0, verifyBudgetBytes: 150 })
      expect(result.replicas['a']?.verified.bytes).toBeLessThanOrEqual(150)
      for (const [path, { verifiedAt }] of ledger) if (verifiedAt >= now) seen.add(path)
    }
    expect(seen.size).toBe(6)
  })

  test('V3: the primary is read once for all replicas, and not at all where hashes are recorded', async () => {
    const world = await alike(3, {}, {}, {}, {})
    await sync(world, { verifyContents: 'download' })
    expect(calls(world.primary, 'get')).toBe(6)
    const known = await alike(3, {}, {}, { [dblock(1)]: WRONG }, {})
    const plan = await planSync({
      primary: known.primary.backend,
      replicas: named(known),
      verifyContents: 'download',
      expected: recorded()
    })
    expect(calls(known.primary, 'get')).toBe(0)
    expect(plan.reads.map(({ path, replicas }) => [path, replicas])).toEqual([[dblock(1), ['b']]])
  })

  test('V3: the verification file of the backup is such a record', async () => {
    const records = Object.entries(backupOf(2)).map(([name, content], id) => ({
      id,
      name,
      hash: new Uint8Array(sha256(content)),
      sizeBytes: text(content).byteLength,
      type: 'dblock' as const,
      state: 'uploaded' as const
    }))
    const world = await alike(1, { [dblock(1)]: WRONG }, {})
    const file = new TextDecoder('utf-8', { ignoreBOM: true }).decode(encodeVerificationFile(records))
    for (const place of [world.primary, at(world, 0)])
      await fill(place.store, { 'duplicati-verification.json': file })
    const result = await sync(world, { verifyContents: 'download' })
    expect(contentOf(at(world, 0).store)[dblock(1)]).toBe(RIGHT)
    expect(result.replicas['a']?.mismatched).toBe(0)
  })

  test('V4: a corrupt primary does not overwrite a good replica', async () => {
    const world = await alike(2, { [dblock(1)]: WRONG }, {}, {})
    // Recorded: the replica is what it should be, and the primary is not even read.
    const result = await sync(world, { verifyContents: 'download', expected: recorded() })
    expect(result.replicas['a']?.status).toBe('succeeded')
    // Not recorded: that two replicas agree is reason enough to overwrite none.
    const outvoted = await sync(world, { verifyContents: 'download' })
    expect(outvoted.issues.map(({ code, volume }) => [code, volume])).toEqual([
      ['SYNC_UNDECIDED', dblock(1)],
      ['SYNC_UNDECIDED', dblock(1)]
    ])
    expect(outvoted.outcome).toBe('error')
    // Forced: what is fetched is not what was recorded.
    const forced = await sync(world, { force: true, expected: recorded() })
    expect(forced.issues.some(({ code }) => code === 'SYNC_PRIMARY_CORRUPT')).toBe(true)
    for (const { store } of world.replicas) expect(contentOf(store)[dblock(1)]).toBe(RIGHT)
  })

  test('V4: one replica that holds what was put there is not overwritten either', async () => {
    const world = makeWorld(1)
    await fill(world.primary.store, backupOf(2))
    const replicas = { a: { backend: at(world, 0).backend, ledger: new Map<string, LedgerEntry>() } }
    await sync(world, { replicas })
    await fill(world.primary.store, { [dblock(1)]: WRONG })
    const result = await sync(world, { replicas, verifyContents: 'download' })
    expect(result.issues.map(({ code }) => code)).toEqual(['SYNC_UNDECIDED'])
    expect(contentOf(at(world, 0).store)[dblock(1)]).toBe(RIGHT)
  })

  test('V4: a wrong replica is replaced', async () => {
    for (const expected of [undefined, recorded()]) {
      const world = await alike(1, {}, { [dblock(1)]: WRONG })
      const result = await sync(world, { verifyContents: 'download', expected })
      expect(result.replicas['a']).toMatchObject({ status: 'succeeded', mismatched: 1 })
      expect(contentOf(at(world, 0).store)).toEqual(contentOf(world.primary.store))
    }
  })

  test('V4 D14: what cannot be read is reported and kept, and no version is added meanwhile', async () => {
    const world = await alike(1, {}, {})
    await fill(world.primary.store, backupOf(3))
    at(world, 0).faults.fail('get', { match: dblock(1), times: ALWAYS })
    const result = await sync(world, { verifyContents: 'download' })
    expect(result.replicas['a']).toMatchObject({ status: 'partial' })
    expect(result.issues.map(({ code }) => code)).toContain('SYNC_REPLICA_UNREADABLE')
    expect(contentOf(at(world, 0).store)[dblock(1)]).toBe(RIGHT)
    expect(Object.keys(contentOf(at(world, 0).store)).filter((path) => path.includes('dlist'))).toHaveLength(
      2
    )
  })

  test('an archived file is skipped with a note, and never fetched by surprise', async () => {
    const world = await alike(1, {}, {})
    at(world, 0).store.archive(dblock(1))
    const verified = await sync(world, { verifyContents: 'download' })
    expect(verified.issues).toMatchObject([{ code: 'SYNC_ARCHIVED', severity: 'warning', volume: dblock(1) }])
    expect(verified.replicas['a']?.status).toBe('succeeded')
    await fill(world.primary.store, backupOf(3))
    world.primary.store.archive(dblock(3))
    const copied = await sync(world)
    expect(copied.issues).toMatchObject([{ code: 'SYNC_ARCHIVED', severity: 'error', volume: dblock(3) }])
    expect(world.primary.faults.calls).not.toContainEqual({ method: 'get', path: dblock(3) })
    expect(Object.keys(contentOf(at(world, 0).store)).filter((path) => path.includes('dlist'))).toHaveLength(
      2
    )
    await world.primary.store.restoreArchived(dblock(3))
    expect((await sync(world)).outcome).toBe('success')
  })
})

describe('verification of what was put', () => {
  test('V5: by the digest of the store without a download, or by one download of each file', async () => {
    for (const [level, gets] of [
      ['checksum', 0],
      ['download', 6]
    ] as const) {
      const world = makeWorld()
      await fill(world.primary.store, backupOf(2))
      const ledger = new Map<string, LedgerEntry>()
      await sync(world, {
        replicas: { a: { backend: at(world, 0).backend, ledger } },
        verifyGetAfterPut: level
      })
      expect(calls(at(world, 0), 'get')).toBe(gets)
      expect([...ledger.values()].map(({ depth }) => depth)).toEqual(Array(6).fill(level))
    }
  })

  test('V5: what arrived wrong counts as failed and is put again', async () => {
    const world = makeWorld()
    await fill(world.primary.store, backupOf(2))
    at(world, 0).faults.damage({ nth: 3 })
    const result = await sync(world, { verifyGetAfterPut: 'download' })
    expect(result.outcome).toBe('success')
    expect(calls(at(world, 0), 'put')).toBe(7)
    const hopeless = makeWorld()
    await fill(hopeless.primary.store, backupOf(2))
    at(hopeless, 0).faults.damage({ match: dblock(1), times: ALWAYS })
    const failed = await sync(hopeless, { verifyGetAfterPut: 'download', retry: 1 })
    expect(failed.issues.map(({ code }) => code)).toContain('SYNC_REPLICA_MISMATCH')
    expect(Object.keys(contentOf(at(hopeless, 0).store)).filter((path) => path.includes('dlist'))).toEqual([])
  })

  test('V5: a store with another digest, or with none', async () => {
    for (const checksums of [['MD5'], []] as const) {
      const world = makeWorld()
      const store = createMemoryBackend({ capabilities: { checksums }, clock: world.clock })
      await fill(world.primary.store, backupOf(1))
      expect((await sync(world, { replicas: { a: store }, verifyGetAfterPut: 'checksum' })).outcome).toBe(
        'success'
      )
    }
  })

  test('the ledger can be kept as text, and a damaged one is refused', () => {
    const entry: LedgerEntry = { sizeBytes: 3, sha256: 'ab'.repeat(32), verifiedAt: 7, depth: 'put' }
    const ledger = new Map([
      ['a', entry],
      ['__proto__', entry]
    ])
    expect(decodeLedger(encodeLedger(ledger))).toEqual(ledger)
    for (const text of [
      '',
      'null',
      '{}',
      '{"version":2,"files":[]}',
      '{"version":1,"files":[["a",{"sizeBytes":-1}]]}',
      '{"version":1,"files":[["a",{"sizeBytes":1,"sha256":"x","verifiedAt":1,"depth":"put"}]]}'
    ]) {
      expect(() => decodeLedger(text)).toThrow(expect.objectContaining({ code: 'SYNC_LEDGER_INVALID' }))
    }
  })
})
