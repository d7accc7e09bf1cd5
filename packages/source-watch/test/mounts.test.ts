import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { loadNative } from '@tercet/native'
import { describe, expect, it } from 'vitest'
import { JournalHost } from '../src/journal-host.ts'
import { isRemote, MountTable, parseMounts } from '../src/linux/mounts.ts'
import { folderFor, METHODS } from './methods.ts'
import { type TemporaryFolder, temporaryFolder } from './tree.ts'

describe('mounts', () => {
  const table = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '30 22 0:26 / /mnt/a\\040b rw - nfs4 server:/export rw,vers=4.2',
    '31 22 0:27 / /mnt/local rw master:3 - fuse.ntfs-3g /dev/sdb1 rw',
    '32 22 0:28 / /mnt/ssh rw - fuse.sshfs user@host: rw'
  ].join('\n')

  it('are read from the table of the kernel', () => {
    const mounts = parseMounts(`${table}\n`)
    expect(mounts.map(({ path, type }) => [path, type])).toEqual([
      ['/', 'ext4'],
      ['/mnt/a b', 'nfs4'],
      ['/mnt/local', 'fuse.ntfs-3g'],
      ['/mnt/ssh', 'fuse.sshfs']
    ])
    expect(mounts.map(isRemote)).toEqual([false, true, false, true])
  })
})

describe.each(METHODS)('a network file system (%s)', (method) => {
  const ROOT = '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw'
  const network = (path: string) => `30 22 0:26 / ${path} rw - nfs4 server:/export rw`

  /** A journal of two roots, in the first of which `places` are mounted from elsewhere. */
  const watched = async (folder: TemporaryFolder, places: readonly string[]) => {
    const table = { text: [ROOT, ...places.map((place) => network(folder.of(place)))].join('\n') }
    const issues: unknown[] = []
    const gate = {
      module: new URL('./gate-module.ts', import.meta.url).href,
      make: 'withoutFolders',
      data: 'left-out'
    }
    const roots = [folder.of('a'), folder.of('b')]
    const host = await JournalHost.start(
      loadNative()!,
      { storePath: folder.of('journal'), roots, ownPaths: [], gate, method },
      { onBatch: () => {}, onIssue: ({ code, path }) => issues.push([code, path]) },
      { mounts: new MountTable(() => table.text) }
    )
    host.settle(host.changes().cursor, 'one')
    return { host, issues, table }
  }
  const standing = (path: string) => ({ path, reason: 'network', isStanding: true })

  it('is in doubt each time and told once, whether it is a root or in one', async () => {
    using folder = temporaryFolder(folderFor(method))
    for (const place of ['a/mnt', 'a/left-out/mnt', 'b']) mkdirSync(folder.of(place), { recursive: true })
    const { host, issues } = await watched(folder, ['a/mnt', 'a/left-out/mnt', 'b'])
    using _ended = host
    for (let look = 0; look < 2; look++) {
      const { unknown, cursor } = host.changes()
      expect(unknown).toEqual([standing(folder.of('a', 'mnt')), standing(folder.of('b'))])
      host.settle(cursor, 'again')
    }
    // Nobody asks for what is in a folder that is left out.
    expect(issues).toEqual([
      ['WATCH_NETWORK_FILE_SYSTEM', folder.of('a', 'mnt')],
      ['WATCH_NETWORK_FILE_SYSTEM', folder.of('b')]
    ])
    // The rest is heard of as ever.
    writeFileSync(folder.of('a', 'file'), '')
    expect(host.changes()).toMatchObject({ dirtyCount: 2 })
  })

  it('is in doubt from when it is mounted until it is gone', async () => {
    using folder = temporaryFolder(folderFor(method))
    for (const place of ['a/mnt', 'b']) mkdirSync(folder.of(place), { recursive: true })
    const { host, issues, table } = await watched(folder, [])
    using _ended = host
    expect(host.changes().unknown).toEqual([])
    table.text = [ROOT, network(folder.of('a', 'mnt'))].join('\n')
    for (const name of ['two', 'three']) {
      const { unknown, cursor } = host.changes()
      expect(unknown).toEqual([standing(folder.of('a', 'mnt'))])
      host.settle(cursor, name)
    }
    expect(issues).toEqual([['WATCH_NETWORK_FILE_SYSTEM', folder.of('a', 'mnt')]])
    table.text = ROOT
    // Looked at once more, since it may have changed until it went.
    host.settle(host.changes().cursor, 'four')
    expect(host.changes().unknown).toEqual([])
  })
})

describe.each(METHODS)('what is mounted (%s)', (method) => {
  const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0

  it('is in doubt when it comes and goes, and watched in between', () => {
    if (!mayMount) return
    using folder = temporaryFolder(folderFor(method))
    const program = new URL('./mounts-program.ts', import.meta.url).pathname
    const output = execFileSync(
      'unshare',
      ['-m', process.execPath, '--conditions=@tercet/source', program, method, folder.path],
      { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' } }
    )
    const changed = (path: string) => [`${path} mount-changed`]
    expect(JSON.parse(output)).toEqual({
      mounted: changed('mnt'),
      inside: ['mnt/file'],
      gone: changed('mnt'),
      bound: changed('bound'),
      inBoth: ['bound/x', 'dir/x'],
      unbound: changed('bound'),
      inOne: ['dir/x'],
      // Whoever looks at the roots before the table of mounts finds another folder there.
      covered: [expect.stringMatching(/^ (mount-changed|root-replaced)$/)],
      uncovered: [expect.stringMatching(/^ (mount-changed|root-replaced)$/)],
      after: ['dir/x']
    })
  })
})
