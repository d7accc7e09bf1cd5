import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'

/** Copies a real folder and adds what backups get wrong: odd names, links, empty and sparse files, odd modes and times. */
export async function makeSource(from: string, to: string): Promise<void> {
  fs.cpSync(from, path.join(to, 'real'), {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
    filter: (name) => !['node_modules', 'dist', 'fixtures'].includes(path.basename(name))
  })
  const odd = path.join(to, 'odd')
  fs.mkdirSync(path.join(odd, 'empty folder'), { recursive: true })
  for (const name of [
    '-leading-dash',
    ' space ',
    'new\nline',
    '__proto__',
    'café',
    'cafe\u0301',
    'x'.repeat(255),
    '%2e+&#?'
  ]) {
    fs.writeFileSync(path.join(odd, name), `content of ${name}`)
  }
  fs.writeFileSync(path.join(odd, 'empty'), '')
  fs.writeFileSync(path.join(odd, 'private'), 'for the owner only', { mode: 0o600 })
  fs.writeFileSync(path.join(odd, 'three blocks'), Buffer.alloc(2.5 * 1024 * 1024, 'tercet '))
  fs.truncateSync(path.join(odd, 'empty'), 0)
  fs.symlinkSync('three blocks', path.join(odd, 'link'))
  fs.symlinkSync('/nowhere/at all', path.join(odd, 'dangling link'))
  fs.linkSync(path.join(odd, 'private'), path.join(odd, 'second name'))
  fs.utimesSync(path.join(odd, 'private'), 1_000_000_000, 981_173_106.789)
  setAttribute(path.join(odd, 'three blocks'), 'user.tercet.demo', 'an extended attribute')
}

/** Edits, adds, deletes and renames, as a day's work does. */
export async function changeTree(root: string): Promise<void> {
  const odd = path.join(root, 'odd')
  fs.appendFileSync(path.join(odd, 'café'), ' and more')
  fs.writeFileSync(path.join(odd, 'new'), 'was not there before')
  fs.rmSync(path.join(odd, '__proto__'))
  fs.renameSync(path.join(odd, ' space '), path.join(odd, 'renamed'))
  fs.chmodSync(path.join(odd, 'private'), 0o640)
  const file = fs.openSync(path.join(odd, 'three blocks'), 'r+')
  fs.writeSync(file, 'changed in the middle', 1_500_000)
  fs.closeSync(file)
}

/** Does nothing where the system or the file system has no extended attributes. */
function setAttribute(file: string, name: string, value: string): void {
  try {
    execFileSync('setfattr', ['-n', name, '-v', value, file], { stdio: 'ignore' })
  } catch {
    console.log('note          no extended attributes here (setfattr is missing or they are not supported)')
  }
}
