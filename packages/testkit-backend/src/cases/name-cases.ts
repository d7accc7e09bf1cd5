import assert from 'node:assert/strict'
import { assertCode, collect, pattern, type RunnableCase, sourceOf } from '../case-context.ts'

/** Each of these is a name of its own, and none means anything but itself. */
const ODD_NAMES = [
  'with space',
  'with+plus',
  'with%20percent',
  'percent%2Fslash',
  '%',
  '%00',
  'hash#fragment',
  'question?query=1&b=2',
  'semicolon;a=b',
  'colon:name',
  'quote"double',
  "quote'single",
  'angle<tag>',
  'pipe|star*',
  'brackets[1]{2}(3)',
  'tilde~',
  '~',
  'dollar$HOME',
  'exclamation!',
  'caret^at@',
  'back`tick',
  'comma,equal=',
  'under_score',
  '-leading-dash',
  '--option=value',
  '.leading-dot',
  '..two-dots',
  '...',
  'a..b',
  'UPPER and lower',
  '__proto__',
  'constructor',
  'toString',
  'null',
  '0',
  'übergrößenträger',
  'u\u0308ber-decomposed',
  '日本語ファイル',
  '🎈🐎',
  'ﬁ-ligature',
  '\u200bzero-width',
  `${'n'.repeat(251)}.zip`,
  'é'.repeat(127)
]

const IMPOSSIBLE_PATHS = [
  '',
  '/',
  '/absolute',
  'trailing/',
  'double//slash',
  '.',
  '..',
  '../outside',
  'a/../b',
  'a/./b',
  'a/..',
  'back\\slash',
  'nul\0byte',
  'line\nbreak',
  'tab\tbed',
  'delete\x7f',
  'lone\ud800surrogate',
  'x'.repeat(256),
  'é'.repeat(128),
  Array.from({ length: 300 }, () => 'long').join('/')
]

/** Paths and listings. */
export const nameCases: readonly RunnableCase[] = [
  {
    id: 'odd-names',
    title: 'every name that the contract allows is stored as it is and told from all others',
    async run(context) {
      const names = ODD_NAMES.filter((name) => context.target.impossibleNames?.(name) !== true)
      assert.ok(names.length > 0, 'impossibleNames leaves no name to test')
      for (const name of names) await context.put(name, `content of ${name}`)
      await context.assertPaths(names)
      for (const name of names) {
        assert.equal((await context.backend.stat(name)).path, name, 'path that stat tells')
        await context.assertContent(name, `content of ${name}`)
      }
      for (const name of names.slice(1)) await context.backend.delete(name)
      await context.assertPaths(names.slice(0, 1))
    }
  },
  {
    id: 'similar-names',
    title: 'names that differ where a pattern, a decoder or an old protocol sees no difference are different',
    async run(context) {
      const groups = [
        ['a_b', 'axb', 'a-b'],
        ['a%b', 'aXYb'],
        ['p q', 'p+q', 'p%20q', 'p%2520q'],
        ['dir', 'dir2', 'di'],
        ['v1', 'v1.', 'v1.0'],
        ['x*', 'x?', 'xy']
      ].map((group) => group.filter((name) => context.target.impossibleNames?.(name) !== true))
      for (const name of groups.flat()) await context.put(name, name)
      for (const name of groups.flat()) await context.assertContent(name, name)
      await context.assertPaths(groups.flat())
      for (const group of groups) await context.backend.delete(group[0] as string)
      await context.assertPaths(groups.flatMap((group) => group.slice(1)))
    }
  },
  {
    id: 'impossible-paths',
    title: 'a path that breaks the rules is refused with STORAGE_INVALID_PATH by every method',
    async run(context) {
      const { backend } = context
      for (const path of IMPOSSIBLE_PATHS) {
        const shown = JSON.stringify(path).slice(0, 60)
        await assertCode(backend.put(path, sourceOf('x')), 'STORAGE_INVALID_PATH', `put ${shown}`)
        await assertCode(backend.stat(path), 'STORAGE_INVALID_PATH', `stat ${shown}`)
        await assertCode(collect(backend.get(path)), 'STORAGE_INVALID_PATH', `get ${shown}`)
        await assertCode(backend.delete(path), 'STORAGE_INVALID_PATH', `delete ${shown}`)
        await assertCode(backend.localFile(path), 'STORAGE_INVALID_PATH', `localFile ${shown}`)
        if (path !== '')
          await assertCode(collect(backend.list({ under: path })), 'STORAGE_INVALID_PATH', `list ${shown}`)
      }
      await context.assertPaths([])
    }
  },
  {
    id: 'list-empty',
    title: 'an empty store yields nothing, and one that was emptied does so again',
    async run(context) {
      await context.assertPaths([])
      await context.put('object', 'x')
      await context.backend.delete('object')
      await context.assertPaths([])
    }
  },
  {
    id: 'list-many',
    title: 'a listing of more than 1000 entries is complete, each entry once, with its size',
    async run(context) {
      const count = context.target.manyEntries ?? 1100
      const names = Array.from(
        { length: count },
        (_, index) => `many entry+${String(index).padStart(5, '0')}&x=%2F`
      )
      const queue = [...names.entries()]
      const lanes = Array.from({ length: 16 }, async () => {
        for (let next = queue.pop(); next; next = queue.pop())
          await context.put(next[1], pattern(next[0] % 5))
      })
      await Promise.all(lanes)
      await context.assertPaths(names)
      for (const entry of await collect(context.backend.list())) {
        const index = Number(entry.path.slice('many entry+'.length, 'many entry+'.length + 5))
        if (entry.sizeBytes !== undefined) assert.equal(entry.sizeBytes, index % 5, `size of ${entry.path}`)
      }
      const prefix = names[Math.floor(count / 2)]?.slice(0, -8) as string
      await context.assertPaths(
        names.filter((name) => name.startsWith(prefix)),
        { namePrefix: prefix }
      )
      assert.deepEqual(await context.backend.deleteMany(names), [], 'deleteMany of all of them')
      await context.assertPaths([])
    }
  },
  {
    id: 'list-prefix',
    title: 'namePrefix is text, not a pattern, and is compared with the last segment',
    async run(context) {
      const names = ['a_b.1', 'axb.2', 'a%b.3', 'aab.4', 'A_b.5', 'xa_b.6'].filter(
        (name) => context.target.impossibleNames?.(name) !== true
      )
      for (const name of names) await context.put(name, name)
      await context.assertPaths(['a_b.1'], { namePrefix: 'a_' })
      await context.assertPaths(names.includes('a%b.3') ? ['a%b.3'] : [], { namePrefix: 'a%' })
      await context.assertPaths([], { namePrefix: 'a_b.1x' })
      await context.assertPaths(names, { namePrefix: '' })
    }
  },
  {
    id: 'nested-names',
    title: 'folders: paths of several segments work, or are refused with STORAGE_INVALID_PATH',
    async run(context) {
      if (!context.capabilities.nestedNames) {
        await assertCode(context.put('dir/name', 'x'), 'STORAGE_INVALID_PATH', 'put of a nested name')
        await context.assertPaths([])
        return
      }
      const paths = [
        'top',
        'dir/one',
        'dir/two',
        'dir2/one',
        'dir/sub/deep/one',
        'di/one',
        'dir/one.more',
        'a b/c+d%20'
      ]
      for (const path of paths) {
        const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
        if (folder !== '' && context.capabilities.createFolder) await context.backend.createFolder(folder)
        await context.put(path, path)
      }
      for (const path of paths) await context.assertContent(path, path)
      await context.assertPaths(paths)
      await context.assertPaths(['dir/one', 'dir/two', 'dir/sub/deep/one', 'dir/one.more'], { under: 'dir' })
      await context.assertPaths(['dir/sub/deep/one'], { under: 'dir/sub' })
      await context.assertPaths(['dir/one', 'dir/sub/deep/one', 'dir/one.more'], {
        under: 'dir',
        namePrefix: 'one'
      })
      await context.assertPaths(
        paths.filter((path) => /(^|\/)one[^/]*$/.test(path)),
        { namePrefix: 'one' }
      )
      await context.assertPaths(['a b/c+d%20'], { under: 'a b' })
      await context.assertPaths([], { under: 'not-there' })
      await context.assertPaths(['top'], { recursive: false })
      await context.assertPaths(['dir/one', 'dir/two', 'dir/one.more'], { under: 'dir', recursive: false })
      await context.assertPaths(['dir/two'], { under: 'dir', recursive: false, namePrefix: 't' })
      await assertCode(context.backend.stat('dir'), 'STORAGE_NOT_FOUND', 'stat of a folder')
      await assertCode(collect(context.backend.get('dir')), 'STORAGE_NOT_FOUND', 'get of a folder')
      await context.backend.delete('dir')
      await context.assertPaths(paths)
      await context.backend.delete('dir/one')
      await context.assertContent('dir2/one', 'dir2/one')
    }
  },
  {
    id: 'create-folder',
    title: 'createFolder makes what put needs, or is not supported',
    async run(context) {
      const { backend } = context
      if (!context.capabilities.createFolder) {
        await assertCode(backend.createFolder('dir'), 'STORAGE_UNSUPPORTED', 'createFolder')
        return
      }
      await backend.createFolder('')
      if (context.capabilities.nestedNames) {
        await assertCode(
          context.put('dir/sub/name', 'x'),
          'STORAGE_NOT_FOUND',
          'put into a folder that was not made'
        )
        await backend.createFolder('dir/sub')
        await backend.createFolder('dir/sub')
        await context.assertPaths([])
        await context.put('dir/sub/name', 'x')
        await backend.createFolder('dir')
        await context.assertPaths(['dir/sub/name'])
      }
      await assertCode(backend.createFolder('../outside'), 'STORAGE_INVALID_PATH', 'createFolder ../outside')
    }
  }
]
