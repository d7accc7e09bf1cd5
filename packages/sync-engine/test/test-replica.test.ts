import { createHash } from 'node:crypto'
import { createRandom } from '@tercet/testkit-faults'
import { describe, expect, test } from 'vitest'
import type { LedgerEntry, RecordedFile, VerifyContent } from '../src/index.ts'
import { altered, backupOf, calls, dblock, fill, makeWorld, type Place, text, type World } from './places.ts'
import { type RunOptions, sync } from './run.ts'

const replica = (world: World) => world.replicas[0] as Place

/** A replica that gives other bytes than it was given. */
async function run(
  world: World,
  damaged: readonly string[],
  options: RunOptions & { ledger?: boolean } = {}
) {
  const { ledger, ...more } = options
  const backend = altered(replica(world).backend, {
    async *get(path, getOptions) {
      for await (const chunk of replica(world).backend.get(path, getOptions))
        yield damaged.includes(path) ? chunk.map((byte) => byte ^ 1) : chunk
    }
  })
  const known = ledger ? new Map<string, LedgerEntry>() : undefined
  const result = await sync(world, { replicas: { a: { backend, ledger: known } }, retry: 0, ...more })
  return { ...result.replicas['a'], ledger: known }
}

async function worldOf(versions: number): Promise<World> {
  const world = makeWorld(1)
  await fill(world.primary.store, backupOf(versions))
  return world
}

const recorded = new Map(
  Object.entries(backupOf(4)).map(([path, content]): [string, RecordedFile] => {
    const hash = createHash('sha256').update(content).digest()
    return [path, { sizeBytes: text(content).byteLength, hash, hashAlgorithm: 'SHA256' }]
  })
)

describe('T6: files read from a replica after a success', () => {
  test('T6: so many, drawn by chance, and none unless it is asked for', async () => {
    const world = await worldOf(4)
    expect(await run(world, [])).toMatchObject({ status: 'succeeded', tested: { files: 0, bytes: 0 } })
    expect(calls(replica(world), 'get')).toBe(0)
    const drawn = new Set<string>()
    const chance = createRandom(6)
    for (let n = 0; n < 40; n++) {
      const before = replica(world).faults.calls.length
      const random = () => chance.integer(1_000_000) / 1_000_000
      const result = await run(world, [], { testFiles: 3, random })
      expect(result).toMatchObject({ status: 'succeeded', tested: { files: 3 } })
      const read = replica(world)
        .faults.calls.slice(before)
        .filter(({ method }) => method === 'get')
      expect(new Set(read.map(({ path }) => path)).size).toBe(3)
      for (const { path } of read) drawn.add(path as string)
    }
    expect(drawn.size).toBe(12)
  })

  test('T6: more than there are means all of them', async () => {
    expect(await run(await worldOf(2), [], { testFiles: 99 })).toMatchObject({ tested: { files: 6 } })
  })

  for (const [against, options] of [
    ['the primary', {}],
    ['what was put', { ledger: true }],
    ['what was recorded', { expected: recorded }]
  ] as const) {
    test(`T6: damage is told against ${against}, and what is right passes`, async () => {
      const given = { ...options, testFiles: 99 }
      expect(await run(await worldOf(4), [], given)).toMatchObject({ status: 'succeeded' })
      const found = await run(await worldOf(4), [dblock(2)], given)
      expect(found).toMatchObject({ status: 'partial', code: 'SYNC_TEST_FAILED', tested: { files: 11 } })
      expect(found.issues).toMatchObject([{ code: 'SYNC_TEST_FAILED', volume: dblock(2), severity: 'error' }])
      expect(found.ledger?.has(dblock(2))).not.toBe(true)
    })
  }

  test('T6: the caller looks into them, such as with the passphrase', async () => {
    const seen: string[] = []
    const verify: VerifyContent = async (path, content) => {
      seen.push(path)
      const bytes = Buffer.concat(await Array.fromAsync(content.open()))
      return bytes.toString() === backupOf(4)[path] && path !== dblock(3)
    }
    const found = await run(await worldOf(4), [], { testFiles: 99, verify })
    expect(seen).toHaveLength(12)
    expect(found).toMatchObject({ status: 'partial', code: 'SYNC_TEST_FAILED' })
    expect(found.issues).toMatchObject([{ volume: dblock(3) }])
  })

  test('T6: a replica that cannot be read is not marked as a copy, and one that failed is not tested', async () => {
    const world = await worldOf(1)
    replica(world).faults.fail('get', { nth: 1, times: 1000, when: 'before' })
    const marker = { sourceId: 'laptop' }
    expect(await run(world, [], { testFiles: 1, marker })).toMatchObject({ code: 'SYNC_TEST_FAILED' })
    const failing = await worldOf(1)
    replica(failing).faults.fail('put', { nth: 1, times: 1000, when: 'before' })
    expect(await run(failing, [], { testFiles: 1, marker })).toMatchObject({ code: 'SYNC_COPY_FAILED' })
    expect(calls(replica(failing), 'get')).toBe(0)
  })
})
