import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeCacheFolder } from '../src/code-cache.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tercet-home-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const user = process.getuid?.()
const folderFor = (environment: Record<string, string>, platform: NodeJS.Platform = 'linux') =>
  codeCacheFolder({ environment, platform, home, user })

describe('the folder for compiled code', () => {
  test('is in the place for caches of the system', () => {
    expect(folderFor({})).toBe(join(home, '.cache', 'tercet', 'code'))
    expect(folderFor({}, 'darwin')).toBe(join(home, 'Library', 'Caches', 'tercet', 'code'))
    expect(folderFor({}, 'win32')).toBe(join(home, 'AppData', 'Local', 'tercet', 'code'))
    mkdirSync(join(home, 'elsewhere'))
    const given = join(home, 'elsewhere')
    expect(folderFor({ XDG_CACHE_HOME: given })).toBe(join(given, 'tercet', 'code'))
    expect(folderFor({ XDG_CACHE_HOME: 'not/absolute' })).toBe(join(home, '.cache', 'tercet', 'code'))
  })

  test('is left to the user who names or refuses one', () => {
    expect(folderFor({ NODE_COMPILE_CACHE: '/other' })).toBeUndefined()
    expect(folderFor({ NODE_DISABLE_COMPILE_CACHE: '1' })).toBeUndefined()
  })

  test('is never in the home of somebody else, nor in one that is not there', () => {
    const place = { environment: {}, platform: 'linux' as const }
    expect(codeCacheFolder({ ...place, home, user: (user ?? 0) + 1 })).toBeUndefined()
    mkdirSync(join(home, '.cache'))
    expect(codeCacheFolder({ ...place, home, user: (user ?? 0) + 1 })).toBeUndefined()
    expect(codeCacheFolder({ ...place, home: join(home, 'none'), user })).toBeUndefined()
  })
})
