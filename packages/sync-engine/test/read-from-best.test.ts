import { bytesSource } from '@tercet/interface'
import { describe, expect, test } from 'vitest'
import { readFromBest } from '../src/index.ts'
import { backupOf, dblock, fill, makeWorld, type Place, type World } from './places.ts'

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
