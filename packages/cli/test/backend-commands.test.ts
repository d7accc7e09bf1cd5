import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

const tool = (...args: string[]) => place.run('backend-tool', place.destination, ...args)

test('single objects are listed, fetched, stored and deleted', async () => {
  mkdirSync(place.destination)
  writeFileSync(place.path('file.txt'), 'content')
  expect(await tool('put', place.path('file.txt'))).toMatchObject({
    exitCode: 0,
    out: 'Stored 7 B as file.txt\n'
  })
  expect(await tool('create-folder', 'folder')).toMatchObject({ exitCode: 0 })
  expect(await tool('put', place.path('file.txt'), 'folder/other.txt')).toMatchObject({ exitCode: 0 })
  const listed = await tool('list')
  expect(listed.out).toMatch(/7 B {2}\S+Z {2}file\.txt\n/)
  expect(listed.out).toMatch(/folder\/other\.txt\n.*|2 objects, 14 B/)
  expect((await tool('list', 'folder')).out).toContain('1 objects, 7 B')
  expect(await tool('get', 'folder/other.txt', place.path('fetched'))).toMatchObject({ exitCode: 0 })
  expect(readFileSync(place.path('fetched'), 'utf8')).toBe('content')
  expect((await tool('get', 'file.txt', place.path('fetched'))).exitCode).toBe(200)
  expect(await tool('delete', 'file.txt', 'folder/other.txt')).toMatchObject({ exitCode: 0 })
  expect((await tool('list')).out).toBe('0 objects, 0 B\n')
  expect((await tool('delete', 'file.txt')).exitCode).toBe(100)
  expect((await tool('get', 'file.txt', place.path('nothing'))).exitCode).toBe(100)
})

test('what is not understood is told with what could be done', async () => {
  for (const args of [[], ['gett', 'x'], ['get'], ['toString']]) {
    const result = await tool(...args)
    expect([result.exitCode, result.error]).toEqual([200, expect.stringContaining('create-folder')])
  }
})

test('a store is tried out in a folder of its own, of which nothing is left', async () => {
  mkdirSync(place.destination)
  writeFileSync(`${place.destination}/precious`, 'x')
  const result = await place.run('backend-test', place.destination)
  expect(result.out).toMatch(/All \d+ requirements are met/)
  expect(result.exitCode).toBe(0)
  expect(readdirSync(place.destination)).toEqual(['precious'])
})
