/** Restores into folders that somebody else has a hand in. */
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import type { StorageBackend } from '@tercet/interface'
import { describe, expect, it } from 'vitest'
import { ClaimedFiles } from '../src/restore/claimed-files.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { openOwnBackup, writeNoise } from './support/own-backup.ts'

/** The backend, which calls `before` each time that a dblock is fetched. */
function beforeBlocks(backend: StorageBackend, before: () => void): StorageBackend {
  return new Proxy(backend, {
    get(target, key) {
      const value = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (String(args[0]).includes('.dblock.')) before()
        return Reflect.apply(value, target, args)
      }
    }
  })
}

describe('a folder of the target', () => {
  it('that is replaced by a link while volumes are fetched leads nothing out of it', async () => {
    await using own = await openOwnBackup()
    mkdirSync(join(own.source, 'd/sub'), { recursive: true })
    for (const [i, name] of ['a', 'd/b', 'd/sub/c', 'd/sub/large'].entries())
      writeNoise(join(own.source, name), name.endsWith('large') ? 9000 : 500, i)
    symlinkSync('anywhere', join(own.source, 'd/link'))
    await own.backUp()
    const to = own.folder.join('out')
    const outside = own.folder.join('outside')
    mkdirSync(outside)
    mkdirSync(join(to, 'd/sub'), { recursive: true })
    const plan = await planRestore(own.context, { to, permissions: true })
    let swapped = false
    const backend = beforeBlocks(own.context.backend, () => {
      if (swapped) return
      swapped = true
      renameSync(join(to, 'd'), own.folder.join('moved'))
      symlinkSync(outside, join(to, 'd'))
    })
    const before = lstatSync(outside, { bigint: true }).ctimeNs
    const result = await restore({ ...own.context, backend }, plan)
    expect(swapped).toBe(true)
    expect(readdirSync(outside)).toEqual([])
    expect(lstatSync(outside, { bigint: true }).ctimeNs).toBe(before)
    expect(readFileSync(join(to, 'a'))).toEqual(readFileSync(join(own.source, 'a')))
    expect(result.outcome).toBe('error')
    expect(result.issues.every(({ code }) => code === 'RESTORE_PATH_UNSAFE')).toBe(true)
  })
})

describe('a file with further names', () => {
  it.each([
    ['outside of the restore is replaced, not written into', false],
    ['that are all restored is written into', true]
  ])('%s', async (_, isWithin) => {
    await using own = await openOwnBackup()
    writeNoise(join(own.source, 'file'), 5000, 1)
    if (isWithin) linkSync(join(own.source, 'file'), join(own.source, 'other'))
    await own.backUp()
    const to = own.folder.join('out')
    mkdirSync(to)
    const other = isWithin ? join(to, 'other') : own.folder.join('elsewhere')
    writeFileSync(other, 'of somebody else')
    linkSync(other, join(to, 'file'))
    const { ino } = statSync(other)
    const plan = await planRestore(own.context, { to, overwrite: 'patch-in-place' })
    expect((await restore(own.context, plan)).issues).toEqual([])
    const restored = readFileSync(join(own.source, 'file'))
    expect(readFileSync(join(to, 'file')).equals(restored)).toBe(true)
    if (isWithin) expect(readFileSync(other).equals(restored)).toBe(true)
    else expect(readFileSync(other, 'utf8')).toBe('of somebody else')
    expect(statSync(join(to, 'file')).ino === ino).toBe(isWithin)
  })
})

describe('claimed files', () => {
  const stat = (ino: bigint, nlink = 1n, isFolder = false) =>
    ({ ino, nlink, dev: 7n, isDirectory: () => isFolder }) as Parameters<ClaimedFiles['claim']>[0]

  it('are claimed once under each name that they have', () => {
    const claimed = new ClaimedFiles()
    expect([1n, 2n, 2n ** 60n, 2n ** 60n + 1n, 2n].map((ino) => claimed.claim(stat(ino)))).toEqual([
      true,
      true,
      true,
      true,
      false
    ])
    expect([1, 2, 3].map(() => claimed.claim(stat(9n, 2n)))).toEqual([true, true, false])
    expect([1, 2].map(() => claimed.claim(stat(10n, 5n, true)))).toEqual([true, false])
    expect(claimed.claim({ ...stat(1n), dev: 8n } as ReturnType<typeof stat>)).toBe(true)
  })

  it('know whether they have names that nobody claimed', () => {
    const claimed = new ClaimedFiles()
    claimed.claim(stat(1n))
    claimed.claim(stat(2n, 2n))
    expect([claimed.hasOtherNames(stat(1n)), claimed.hasOtherNames(stat(2n, 2n))]).toEqual([false, true])
    claimed.claim(stat(2n, 2n))
    expect(claimed.hasOtherNames(stat(2n, 2n))).toBe(false)
  })
})
