import type { DlistEntry } from '@tercet/volume-format'
import { expect, it } from 'vitest'
import { gatherEntries } from '../src/recreate/gather-entries.ts'

const folder = (name: string): DlistEntry => ({ type: 'Folder', path: `/${name}/` })

async function* batchesOf(entries: readonly DlistEntry[], size: number): AsyncGenerator<DlistEntry[]> {
  for (let at = 0; at < entries.length; at += size) yield entries.slice(at, at + size)
}

async function groupsOf(entries: readonly DlistEntry[], size: number, groupBytes?: number) {
  return await Array.fromAsync(gatherEntries(batchesOf(entries, size), groupBytes))
}

it('gathers some hundred entries in their order', async () => {
  const entries = Array.from({ length: 2000 }, (_, i) => folder(`${i}`))
  const groups = await groupsOf(entries, 150)
  expect(groups.flat()).toEqual(entries)
  expect(groups.map(({ length }) => length)).toEqual([600, 600, 600, 200])
})

it('hands on at once what has long lists of blocks', async () => {
  const long: DlistEntry = { type: 'File', path: '/disk.img', blocklists: new Uint8Array(1000) }
  const entries = [folder('a'), long, folder('b'), long, folder('c')]
  const groups = await groupsOf(entries, 1, 1000)
  expect(groups.map((group) => group.map(({ path }) => path))).toEqual([
    ['/a/', '/disk.img'],
    ['/b/', '/disk.img'],
    ['/c/']
  ])
})

it('has nothing to hand on of an empty list', async () => {
  expect(await groupsOf([], 10)).toEqual([])
})
