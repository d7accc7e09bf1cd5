/** A restore does not leave its folder: not by what a backup names, not by what somebody does to the folder meanwhile. */
import fs from 'node:fs'
import path from 'node:path'
import { loadNative, type Native, type Posix } from '@tercet/native'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRestoreTarget, createTargetMapper, type Metadata, type RestoreTarget } from '../src/index.ts'
import { makeTree, useTempFolder } from './temp-folder.ts'

const temp = useTempFolder()
const native = loadNative() as Native & { readonly posix: Posix }
const versionTime = new Date(2024, 0, 5)
const SOME: Metadata = {
  xattrs: [['user.a', Buffer.of(1)]],
  mode: 0o611,
  modified: { seconds: 5, nanoseconds: 0 }
}

/** Everything that a restore could change of what is there, links not followed. */
function stateOf(root: string): string[] {
  const names = fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  return ['', ...names].map((name) => {
    const { mode, nlink, ctimeNs, size } = fs.lstatSync(path.join(root, name), { bigint: true })
    return [name, mode, nlink, ctimeNs, size].join(' ')
  })
}

function write(target: RestoreTarget, relative: string, mode: 'new' | 'replace' | 'add' | 'patch'): void {
  const file = target.createFile(relative, mode)
  fs.writeSync(file.fd, 'restored')
  target.finishFile(file, SOME)
}

const part = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'A', 'b', 'way-out', 'victim', '\u00e9', 'e\u0301') },
  fc.constantFrom('end.', 'end ', 'CON', 'nul.txt', 'a:b', '~', '%2e%2e', '\u2025', '\uff0e\uff0e', '\u202e'),
  fc.constantFrom('..', '.', '', 'C:', '\0', '\\', '..\\..', '\\\\?\\')
)
const storedPath = fc
  .tuple(
    fc.constantFrom(
      '/',
      '/',
      '/',
      'C:\\',
      'c:/',
      '\\\\server\\share\\',
      '\\\\?\\',
      '\\\\.\\',
      '',
      '//',
      '../'
    ),
    fc.array(part, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('/', '\\')
  )
  .map(([start, parts, separator]) => start + parts.join(separator))
const entry = fc.record({
  kind: fc.constantFrom('file', 'folder', 'symlink', 'hardlink', 'metadata', 'remove'),
  path: storedPath,
  to: storedPath,
  mode: fc.constantFrom('new', 'replace', 'add', 'patch')
})

describe.each([
  ['with native calls', native],
  ['without', undefined]
] as const)('entries of any path, %s', (_, calls) => {
  it('come to be in the folder or not at all, whatever links are in it', () => {
    let done = 0
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 10, maxLength: 40, size: 'max' }),
        fc.boolean(),
        (entries, keepFullPaths) => {
          const base = fs.mkdtempSync(path.join(temp.path, 'case-'))
          makeTree(base, ['outside/victim', 'outside/a/b', 'out/a/', 'out/C/'])
          for (const folder of ['out', 'out/a', 'out/C']) {
            fs.symlinkSync(path.join(base, 'outside'), path.join(base, folder, 'way-out'))
            fs.symlinkSync(path.join(base, 'outside/victim'), path.join(base, folder, 'victim'))
          }
          const outside = stateOf(path.join(base, 'outside'))
          const { root, map } = createTargetMapper({
            restorePath: path.join(base, 'out'),
            prefix: '',
            keepFullPaths
          })
          using target = createRestoreTarget({ root, versionTime, permissions: true, native: calls })
          for (const { kind, path: stored, to, mode } of entries) {
            try {
              const relative = map(stored)
              if (kind === 'file') write(target, relative, mode)
              else if (kind === 'folder') target.createFolder(relative)
              else if (kind === 'symlink')
                target.createSymlink(relative, { ...SOME, linkTarget: to.replaceAll('\0', '0') }, true)
              else if (kind === 'hardlink') target.createHardLink(relative, map(to), true)
              else if (kind === 'metadata') target.applyMetadata(relative, SOME)
              else target.removeFile(relative)
              done++
            } catch {
              // Refused: what counts is what is outside afterwards.
            }
          }
          target.flush()
          expect(fs.readdirSync(base).sort()).toEqual(['out', 'outside'])
          expect(stateOf(path.join(base, 'outside'))).toEqual(outside)
          fs.rmSync(base, { recursive: true })
        }
      ),
      { seed: 11, numRuns: 40 }
    )
    expect(done).toBeGreaterThan(150)
  })
})

/** Native calls that tell of each call before it is made. */
function watched(before: () => void): Native {
  const tell = <Call extends (...args: never[]) => unknown>(call: Call): Call =>
    ((...args) => {
      before()
      return call(...args)
    }) as Call
  const told = <Calls extends object>(calls: Calls): Calls =>
    Object.fromEntries(
      Object.entries(calls).map(([name, call]) => [name, typeof call === 'function' ? tell(call) : call])
    ) as Calls
  const { posix } = native
  return {
    ...native,
    posix: { ...told(posix), xattrs: told(posix.xattrs), stat: posix.stat && told(posix.stat) }
  }
}

describe('a link that is put in place while a restore runs', () => {
  const swaps: [string, (base: string) => void][] = [
    [
      'of a folder',
      (base) => {
        fs.renameSync(path.join(base, 'out/d/sub'), path.join(base, 'moved'))
        fs.symlinkSync('../../outside', path.join(base, 'out/d/sub'))
      }
    ],
    [
      'of the folder above',
      (base) => {
        fs.renameSync(path.join(base, 'out/d'), path.join(base, 'moved'))
        fs.symlinkSync('../outside', path.join(base, 'out/d'))
      }
    ],
    [
      'of a file',
      (base) => {
        fs.rmSync(path.join(base, 'out/d/sub/victim'))
        fs.symlinkSync('../../../outside/victim', path.join(base, 'out/d/sub/victim'))
      }
    ]
  ]
  const actions: [string, (target: RestoreTarget) => void][] = [
    ['a new file', (target) => write(target, 'd/sub/new', 'new')],
    ['a file under a temporary name', (target) => write(target, 'd/sub/added', 'add')],
    ['a file in place of another', (target) => write(target, 'd/sub/victim', 'replace')],
    ['a patched file', (target) => write(target, 'd/sub/victim', 'patch')],
    ['folders', (target) => target.createFolder('d/sub/deep/deeper')],
    ['a symbolic link', (target) => target.createSymlink('d/sub/victim', { ...SOME, linkTarget: 'x' }, true)],
    ['a hard link', (target) => void target.createHardLink('d/sub/new', 'd/sub/victim', true)],
    ['metadata of a file', (target) => target.applyMetadata('d/sub/victim', SOME)],
    ['metadata of a folder', (target) => target.applyMetadata('d/sub', SOME)],
    ['a removal', (target) => target.removeFile('d/sub/victim')]
  ]

  it.each(swaps.flatMap(([what, swap]) => actions.map(([action, act]) => ({ what, swap, action, act }))))(
    '$what leads $action nowhere, at whichever call',
    ({ swap, act }) => {
      let reached = true
      for (let at = 0; reached; at++) {
        const base = fs.mkdtempSync(path.join(temp.path, 'case-'))
        makeTree(base, ['outside/victim', 'outside/sub/victim', 'out/d/sub/victim'])
        const outside = stateOf(path.join(base, 'outside'))
        let calls = 0
        const before = () => {
          if (calls++ === at) swap(base)
        }
        try {
          using target = createRestoreTarget({
            root: path.join(base, 'out'),
            versionTime,
            permissions: true,
            native: watched(before)
          })
          act(target)
        } catch {
          // Refused at that call: as good.
        }
        reached = calls > at
        expect(stateOf(path.join(base, 'outside'))).toEqual(outside)
        if (!reached) expect(at).toBeGreaterThan(3)
      }
    }
  )
})
