import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { systemClock } from '@tercet/interface'
import { createTemporaryFolder, type TemporaryFolder } from '@tercet/testkit-data'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFileBackend } from '../src/index.ts'
import { isTemporaryName, temporaryName } from '../src/temporary-names.ts'
import { machineMark } from '../src/writer.ts'
import { list, textSource } from './sources.ts'

const LEFTOVER = '.tercet-put-0123456789abcdef01234567.tmp'
const DAY_MS = 86_400_000

let folder: TemporaryFolder
beforeEach(async () => {
  folder = await createTemporaryFolder()
})
afterEach(() => folder[Symbol.asyncDispose]())

/** A clock that is ahead of that of the file system. */
const ahead = (milliseconds: number) => ({ ...systemClock, now: () => Date.now() + milliseconds })

test('an unfinished upload is neither listed nor reachable', async () => {
  await using backend = createFileBackend({ path: folder.path })
  writeFileSync(folder.join(LEFTOVER), 'half')
  expect(await list(backend)).toEqual([])
  await expect(backend.stat(LEFTOVER)).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
  await expect(backend.put(LEFTOVER, textSource('x'))).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
})

test('the next put removes unfinished uploads that are old, and leaves those that may be under way', async () => {
  mkdirSync(folder.join('nested'))
  writeFileSync(folder.join(LEFTOVER), 'half')
  writeFileSync(folder.join('nested', LEFTOVER), 'half')
  await createFileBackend({ path: folder.path, clock: ahead(DAY_MS / 2) }).put('first', textSource('x'))
  expect(readdirSync(folder.path).sort()).toEqual([LEFTOVER, 'first', 'nested'])
  await createFileBackend({ path: folder.path, clock: ahead(DAY_MS * 2) }).put('second', textSource('x'))
  expect(readdirSync(folder.path).sort()).toEqual(['first', 'nested', 'second'])
  expect(readdirSync(folder.join('nested'))).toEqual([LEFTOVER])
})

/** More than any system counts. */
const NO_PROCESS = 2 ** 31 - 2

test('the next put removes at once what a process of this machine left that has ended', async () => {
  const [ended, own, parent] = [NO_PROCESS, process.pid, process.ppid].map((id) => temporaryName(id))
  const impossible = temporaryName(2 ** 32 - 1)
  const mark = machineMark() ?? ''
  expect(mark).toMatch(/^[0-9a-f]{8}$/)
  const elsewhere = (ended as string).replace(
    mark,
    mark.startsWith('0') ? `1${mark.slice(1)}` : `0${mark.slice(1)}`
  )
  const names = [ended, own, parent, impossible, elsewhere] as string[]
  for (const name of names) {
    expect(isTemporaryName(name)).toBe(true)
    writeFileSync(folder.join(name), 'half')
  }
  await using backend = createFileBackend({ path: folder.path })
  await list(backend)
  expect(readdirSync(folder.path).sort()).toEqual(names.toSorted())
  await backend.put('volume', textSource('x'))
  expect(readdirSync(folder.path).sort()).toEqual([...names.slice(1), 'volume'].sort())
})

test('an old file that was linked a moment ago counts as new', async () => {
  writeFileSync(folder.join(LEFTOVER), 'an adopted volume')
  utimesSync(folder.join(LEFTOVER), 1, 1)
  await createFileBackend({ path: folder.path }).put('volume', textSource('x'))
  expect(readdirSync(folder.path).sort()).toEqual([LEFTOVER, 'volume'])
})

test('only names of that form are taken for unfinished uploads', async () => {
  const others = ['.tercet-put-1.tmp', 'x.tmp', '.tercet-put-0123456789abcdef01234567.tmp.zip']
  for (const name of others) writeFileSync(folder.join(name), 'mine')
  await using backend = createFileBackend({ path: folder.path, clock: ahead(DAY_MS * 1000) })
  await backend.put('volume', textSource('x'))
  expect(await list(backend)).toEqual([...others, 'volume'].sort())
})
