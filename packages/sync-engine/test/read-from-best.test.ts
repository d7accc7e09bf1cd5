import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesSource } from '@tercet/interface'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fallback, type ReadFromBestOptions, type RecordedFile, readFromBest } from '../src/index.ts'
import { altered, backupOf, dblock, dlist, fill, makeWorld, type Place, text, type World } from './places.ts'

const at = (world: World, n: number) => world.replicas[n] as Place

async function alike(chunkBytes = 65_536) {
  const world = makeWorld(2, { chunkBytes })
  for (const { store } of world.replicas) await fill(store, backupOf(2))
  const best = readFromBest([at(world, 0).backend, at(world, 1).backend])
  const read = async (path: string) => Buffer.concat(await Array.fromAsync(best.get(path))).toString()
  return { world, best, read }
}

describe('reading from several places', () => {
  test('T7: the first place gives what it has, the next what that lacks or cannot give', async () => {
    const { world, best, read } = await alike()
    const { [dblock(1)]: content } = backupOf(2)
    expect(await read(dblock(1))).toBe(content)
    expect(at(world, 1).faults.calls).toEqual([])
    await at(world, 0).store.delete(dblock(1))
    expect(await read(dblock(1))).toBe(content)
    at(world, 0).faults.fail('get', { times: 100 })
    expect(await read(dblock(2))).toBe(backupOf(2)[dblock(2)])
    expect((await best.stat(dblock(1))).sizeBytes).toBe(70)
    expect((await Array.fromAsync(best.list())).map(({ path }) => path).sort()).toEqual(
      Object.keys(backupOf(2)).sort()
    )
  })

  test('T7: a transfer that breaks off goes on at the other place', async () => {
    const { world, read } = await alike(10)
    at(world, 0).faults.fail('get', { when: 'torn', amount: 35 })
    expect(await read(dblock(1))).toBe(backupOf(2)[dblock(1)])
  })

  test('a place that cannot be listed is left out, all of them are an error', async () => {
    const { world, best } = await alike()
    at(world, 0).faults.fail('list', { times: 100 })
    expect(await Array.fromAsync(best.list())).toHaveLength(6)
    at(world, 1).faults.fail('list', { times: 100 })
    await expect(Array.fromAsync(best.list())).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  })

  test('what is archived at one place comes from another; only where it is archived everywhere is it told so, and asked for', async () => {
    const world = makeWorld(1)
    const [near, far] = [world.primary.store, world.replicas[0]!.store]
    for (const store of [near, far]) await fill(store, { a: 'alpha', b: 'beta' })
    near.archive('a')
    near.archive('b')
    far.archive('b')
    const best = readFromBest([near, world.replicas[0]!.backend])
    const listed = async () =>
      Object.fromEntries((await Array.fromAsync(best.list())).map(({ path, archived }) => [path, archived]))
    expect(await listed()).toEqual({ a: false, b: true })
    expect(Buffer.concat(await Array.fromAsync(best.get('a'))).toString()).toBe('alpha')
    await expect(Array.fromAsync(best.get('b'))).rejects.toMatchObject({ code: 'STORAGE_ARCHIVED' })
    await best.restoreArchived('b')
    expect(await listed()).toEqual({ a: false, b: false })
    expect((await far.stat('b')).archived, 'one place is enough').toBe(true)
  })

  test('what no place has is not found, and nothing can be changed', async () => {
    const { best, read } = await alike()
    await expect(read(dblock(9))).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await expect(best.put('a', bytesSource(new Uint8Array(1)))).rejects.toMatchObject({
      code: 'STORAGE_READ_ONLY'
    })
    await expect(best.delete('a')).rejects.toMatchObject({ code: 'STORAGE_READ_ONLY' })
    await best[Symbol.asyncDispose]()
    await expect(read(dblock(1))).rejects.toMatchObject({ code: 'STORAGE_CLOSED' })
  })
})

function recordOf(files: Readonly<Record<string, string>>): Map<string, RecordedFile> {
  return new Map(
    Object.entries(files).map(([path, content]) => {
      const hash = new Uint8Array(createHash('sha256').update(content).digest())
      return [path, { sizeBytes: text(content).byteLength, hash, hashAlgorithm: 'SHA256' as const }]
    })
  )
}

describe('damaged copies', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tercet-test-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function damaged(options: ReadFromBestOptions, at: readonly number[] = [0]) {
    const world = makeWorld(2, { chunkBytes: 4096 })
    const files = { ...backupOf(2), [dblock(7)]: 'x'.repeat(400_000) }
    for (const { store } of world.replicas) await fill(store, files)
    for (const n of at) {
      for (const path of [dblock(1), dblock(7)]) {
        await fill(world.replicas[n]?.store as Place['store'], { [path]: `!${files[path]?.slice(1)}` })
      }
    }
    const fallbacks: Fallback[] = []
    const places = world.replicas.map(({ backend }) => backend)
    const best = readFromBest([places[0], places[1]] as [Place['backend'], Place['backend']], {
      temporaryFolder: folder,
      onFallback: (fallback) => fallbacks.push(fallback),
      ...options
    })
    const read = async (path: string) => Buffer.concat(await Array.fromAsync(best.get(path))).toString()
    return { world, files, best, read, fallbacks }
  }

  const verifies: ReadFromBestOptions = {
    async verify(_path, content) {
      const [first] = await Array.fromAsync(content.open())
      if (first?.[0] === '!'.charCodeAt(0)) throw new Error('not what it should be')
      return true
    }
  }
  const everything = { ...backupOf(2), [dblock(7)]: 'x'.repeat(400_000) }
  const checks = { 'a recorded hash': { recorded: recordOf(everything) }, 'the caller': verifies }
  for (const [name, options] of Object.entries(checks)) {
    test(`T7: a copy that ${name} shows to be damaged is not handed on, the next place gives it`, async () => {
      const { files, read, best, fallbacks, world } = await damaged(options)
      for (const path of [dblock(1), dblock(7), dblock(2), dlist(1)])
        expect(await read(path)).toBe(files[path])
      expect(fallbacks).toEqual(
        [dblock(1), dblock(7)].map((path) => ({
          path,
          place: world.replicas[0]?.backend.displayName,
          reason: 'damaged'
        }))
      )
      // Where it is damaged is remembered, for ranges too.
      const range = best.get(dblock(1), { offset: 0, length: 4 })
      expect(Buffer.concat(await Array.fromAsync(range)).toString()).toBe('data')
      await best[Symbol.asyncDispose]()
      expect(readdirSync(folder)).toEqual([])
    })
  }

  test('a file that is longer than was recorded is not read to its end', async () => {
    const { world, files, read } = await damaged({ recorded: recordOf(everything) }, [])
    let chunks = 0
    const endless = altered(at(world, 0).backend, {
      async *get() {
        for (; ; chunks++) yield text('data 1 data 1 ')
      }
    })
    const best = readFromBest([endless, at(world, 1).backend], { recorded: recordOf(everything) })
    expect(Buffer.concat(await Array.fromAsync(best.get(dblock(1)))).toString()).toBe(files[dblock(1)])
    expect(chunks).toBeLessThan(10)
    expect(await read(dblock(1))).toBe(files[dblock(1)])
  })

  test('a file that is damaged everywhere is given as it is: some of it may be of use', async () => {
    const { read, fallbacks } = await damaged({ recorded: recordOf(everything) }, [0, 1])
    expect((await read(dblock(1))).slice(0, 6)).toBe('!ata 1')
    expect(fallbacks.map(({ reason }) => reason)).toEqual(['damaged', 'damaged'])
  })

  test('a damaged file of this machine is not handed out either', async () => {
    const { world, files } = await damaged({ recorded: recordOf(everything) }, [])
    const wrong = join(folder, 'wrong')
    const right = join(folder, 'right')
    writeFileSync(wrong, `!${files[dblock(1)]?.slice(1)}`)
    writeFileSync(right, files[dblock(1)] as string)
    const local = (n: number, file: string) => altered(at(world, n).backend, { localFile: async () => file })
    const recorded = recordOf(everything)
    const best = readFromBest([local(0, wrong), local(1, right)], { recorded })
    expect(await best.localFile(dblock(1))).toBe(right)
    expect(await readFromBest([local(0, wrong), local(1, wrong)], { recorded }).localFile(dblock(1))).toBe(
      undefined
    )
    rmSync(wrong)
    rmSync(right)
  })

  test('an option that is not known is refused', () => {
    const { backend } = makeWorld().primary
    expect(() => readFromBest([backend], { recorder: 1 } as ReadFromBestOptions)).toThrow('recorder')
  })
})
