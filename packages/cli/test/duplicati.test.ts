import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import {
  compareTrees,
  copyFixture,
  describeTree,
  type Fixture,
  fixtureNames,
  type TreeEntry
} from '@tercet/testkit-data'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace({})
})
afterEach(() => place[Symbol.dispose]())

/** How a person would name the destination and its secret. */
function commandFor({ info }: Fixture, destination: string) {
  const options = info.options.filter((option) => option.startsWith('--prefix='))
  const environment = { PASSPHRASE: info.passphrase ?? '' }
  return (command: string, ...more: string[]) =>
    place.runWith({ environment }, command, destination, ...options, ...more)
}

/** Without stored metadata only names, types, contents and link targets can come back. */
function differences(fixture: Fixture, version: number, found: readonly TreeEntry[]): unknown[] {
  const keys = fixture.name === 'skip-metadata' ? ['mode', 'uid', 'gid', 'mtimeNs', 'xattrs'] : []
  const strip = (entry: TreeEntry) =>
    Object.fromEntries(Object.entries(entry).filter(([key]) => !keys.includes(key))) as unknown as TreeEntry
  return compareTrees(fixture.expectedTree(version).map(strip), found.map(strip))
}

test('there is every kind of destination', () => {
  expect(fixtureNames().length).toBeGreaterThanOrEqual(22)
})

describe.each(fixtureNames())('the destination %s of Duplicati', (name) => {
  test('is listed, tested and restored exactly, every version', async () => {
    await using fixture = await copyFixture(name)
    const run = commandFor(fixture, fixture.destination)
    const { versions } = fixture.info
    expect((await run('repair', '--workers=0')).exitCode).toBe(0)
    const listed = await run('list')
    expect([listed.exitCode, listed.out]).toEqual([0, expect.stringMatching(versionCount(versions))])
    const tested = await run('test', 'all', '--workers=0')
    expect([tested.exitCode, tested.out]).toEqual([0, expect.stringContaining('\nDamaged   none\n')])
    for (let version = 0; version < versions; version++) await restoreExactly(fixture, run, version)
  })

  test('is listed and restored exactly without a catalog, which is not made either', async () => {
    await using fixture = await copyFixture(name)
    const run = commandFor(fixture, fixture.destination)
    const listed = await run('list', '--no-local-db')
    expect([listed.exitCode, listed.out]).toEqual([
      0,
      expect.stringMatching(versionCount(fixture.info.versions))
    ])
    await restoreExactly(fixture, run, 0, '--no-local-db')
    expect(existsSync(place.path('data'))).toBe(false)
  })
})

function versionCount(versions: number): RegExp {
  return new RegExp(`\n${versions} version${versions === 1 ? '' : 's'}\n$`)
}

async function restoreExactly(
  fixture: Fixture,
  run: ReturnType<typeof commandFor>,
  version: number,
  ...options: string[]
): Promise<void> {
  const to = place.path(`out-${version}`)
  const where = [`--version=${version}`, `--restore-path=${to}`, '--restore-permissions', '--workers=0']
  const restored = await run('restore', ...where, ...options)
  expect([restored.exitCode, restored.out]).toEqual([0, expect.stringContaining('\nIssues    none\n')])
  expect(differences(fixture, version, await describeTree(to))).toEqual([])
}

describe.each([
  ['7z', 'VOLUME_UNSUPPORTED_COMPRESSION', '".7z"'],
  ['zip.rot', 'VOLUME_UNSUPPORTED_ENCRYPTION', '".rot"']
])('a destination with a volume of the unknown kind %s', (suffix, code, kind) => {
  test.each(['list', 'restore', 'test', 'repair', 'backup'])(
    'is refused by %s before anything is made, and the way out is named',
    async (command) => {
      await using fixture = await copyFixture('plain-zip')
      const volume = readdirSync(fixture.destination).find((name) => name.endsWith('.dblock.zip'))!
      const at = (name: string) => join(fixture.destination, name)
      renameSync(at(volume), at(volume.replace(/zip$/, suffix)))
      const before = readdirSync(fixture.destination)
      place.write('a.txt', 'alpha')
      const run = commandFor(fixture, fixture.destination)
      const refused = await run(command, ...(command === 'backup' ? [place.source] : []))
      expect(refused.exitCode).toBe(100)
      expect(refused.error).toContain(`[${code}]`)
      expect(refused.error).toContain(kind)
      expect(refused.error).toMatch(/\n {2}Duplicati, which wrote it, can restore it\./)
      expect(readdirSync(fixture.destination)).toEqual(before)
      expect(existsSync(join(place.folder, 'data'))).toBe(false)
    }
  )
})
