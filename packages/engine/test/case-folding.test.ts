/**
 * Restores to a file system that does not tell letters of different case or of different form apart: this one, with the
 * names below the target folded at each call that takes names.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Native, Posix } from '@tercet/native'
import { expect, it, vi } from 'vitest'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import type { ConflictRule } from '../src/restore/restore-options.ts'
import { openOwnBackup } from './support/own-backup.ts'

const FOLDED = '/folding/'
const fold = (name: string) => name.normalize('NFC').toLowerCase()

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>()
  const foldedPath = (path: unknown) => {
    const at = typeof path === 'string' ? path.indexOf(FOLDED) : -1
    return at < 0 ? path : (path as string).slice(0, at) + fold((path as string).slice(at))
  }
  const folding = (name: 'lstatSync' | 'openSync') =>
    ((path: unknown, ...rest: unknown[]) => Reflect.apply(fs[name], fs, [foldedPath(path), ...rest])) as never
  return { ...fs, lstatSync: folding('lstatSync'), openSync: folding('openSync') }
})

vi.mock('@tercet/native', async (importOriginal) => {
  const native = await importOriginal<typeof import('@tercet/native')>()
  const foldingPosix = (posix: Posix): Posix => {
    const names = (args: unknown[]) =>
      args.map((arg) => (typeof arg === 'string' && !arg.startsWith('/') ? fold(arg) : arg))
    const folding = <Calls extends object>(calls: Calls): Calls =>
      Object.fromEntries(
        Object.entries(calls).map(([name, call]) => [
          name,
          typeof call !== 'function'
            ? call
            : (...args: unknown[]) =>
                call(...(name === 'symlinkAt' ? [args[0], ...names(args.slice(1))] : names(args)))
        ])
      ) as Calls
    return { ...folding(posix), stat: posix.stat && folding(posix.stat) }
  }
  return {
    ...native,
    loadNative: (): Native => {
      const real = native.loadNative() as Native & { posix: Posix }
      return { ...real, posix: foldingPosix(real.posix) }
    }
  }
})

const CONTENT = { Letter: 'first', letter: 'second', caf\u00e9: 'composed', 'cafe\u0301': 'decomposed' }

async function restoreFolded(overwrite: ConflictRule, present: readonly string[]) {
  await using own = await openOwnBackup()
  for (const [name, content] of Object.entries(CONTENT))
    writeFileSync(join(own.source, name), content.repeat(400))
  mkdirSync(join(own.source, 'Folder'))
  writeFileSync(join(own.source, 'Folder/in'), 'upper')
  mkdirSync(join(own.source, 'folder'))
  writeFileSync(join(own.source, 'folder/IN'), 'lower')
  symlinkSync('somewhere', join(own.source, 'LETTER'))
  await own.backUp()
  const to = own.folder.join(FOLDED.slice(1, -1))
  mkdirSync(to)
  for (const name of present) writeFileSync(join(to, fold(name)), `was here: ${name}`)
  const plan = await planRestore(own.context, { to, overwrite })
  const result = await restore(own.context, plan)
  const found = Object.fromEntries(
    readdirSync(to, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, readFileSync(join(to, name), 'utf8')])
  )
  const inFolder = readdirSync(join(to, 'folder'))
  return { result, found, inFolder, told: [...result.issues] }
}

it.each<[ConflictRule, string[]]>([
  ['rename', []],
  ['overwrite', []],
  ['patch-in-place', []],
  ['rename', Object.keys(CONTENT)],
  ['overwrite', Object.keys(CONTENT)],
  ['patch-in-place', Object.keys(CONTENT)]
])(
  '%s: of two names that are one here, one is restored and the other is told (there before: %j)',
  async (rule, present) => {
    const { found, told, inFolder } = await restoreFolded(rule, present)
    const contents = Object.values(found)
    // Whatever is there is whole: that of one entry, or what was there before.
    const whole = new Set([
      ...Object.values(CONTENT).map((text) => text.repeat(400)),
      ...present.map((name) => `was here: ${name}`)
    ])
    expect(contents.filter((text) => !whole.has(text))).toEqual([])
    const isRestored = (name: keyof typeof CONTENT) => contents.includes(CONTENT[name].repeat(400))
    for (const [one, other] of [
      ['Letter', 'letter'],
      ['caf\u00e9', 'cafe\u0301']
    ] as const) {
      const lost = [one, other].filter((name) => !isRestored(name))
      expect(lost.length).toBe(1)
      expect(
        told.filter(({ code, path }) => code === 'RESTORE_CONFLICT' && path?.includes(`/${lost[0]}`))
      ).toHaveLength(1)
    }
    expect(inFolder).toEqual(['in'])
    expect(told.filter(({ path }) => /folder\/in$/i.test(path ?? ''))).toHaveLength(1)
  }
)
