import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { Workplace } from './program.ts'

/**
 * Two backups to a destination by its URL, which is then replicated to a folder; then, on what is another machine for all
 * that the program knows, both versions restored from it and the newest from the replica, looked at byte for byte, and all
 * of its volumes verified.
 *
 * @param options what else is needed to reach it, such as `--auth-username=…`
 */
export async function roundTrip(url: string, ...options: readonly string[]): Promise<void> {
  const noise = Array.from({ length: 40_000 }, (_, index) =>
    String.fromCharCode(0x21 + ((index * index) % 90))
  )
  using place = new Workplace({
    'a.txt': 'alpha',
    'sub/ü b.txt': 'beta',
    'sub/large': noise.join('').repeat(40)
  })
  const run = (...argv: string[]): Promise<string> => runAlone(...argv, ...options)
  const runAlone = async (...argv: string[]): Promise<string> => {
    const { exitCode, out, error } = await place.run(...argv)
    expect(exitCode, `${argv[0]}: ${out}${error}`).toBe(0)
    return out
  }
  const backUp = () =>
    run('backup', url, place.source, '--workers=0', '--blocksize=100KB', '--dblock-size=1MB')
  const contents = (folder: string) =>
    ['a.txt', 'sub/ü b.txt', 'sub/large'].map((name) => readFileSync(join(folder, name), 'utf8'))

  await backUp()
  const first = contents(place.source)
  place.write('a.txt', 'alpha, changed')
  place.write('sub/large', noise.toReversed().join('').repeat(30))
  await backUp()
  const second = contents(place.source)
  expect(second).not.toEqual(first)

  const replica = place.path('replica')
  mkdirSync(replica)
  const ofPrimary = options.map((option) => `--src-options=${option.replace(/^--/, '')}`)
  await runAlone('sync', url, `file://${replica}`, '--yes', ...ofPrimary)
  expect(readdirSync(replica).filter((name) => name.includes('.dlist.'))).toHaveLength(2)

  rmSync(place.path('data'), { recursive: true })
  for (const [version, wanted] of [second, first].entries()) {
    const target = `${place.restored}-${version}`
    await run('restore', url, `--restore-path=${target}`, `--version=${version}`, '--workers=0')
    expect(contents(target)).toEqual(wanted)
  }
  const target = `${place.restored}-replica`
  await runAlone('restore', `file://${replica}`, `--restore-path=${target}`, '--workers=0')
  expect(contents(target)).toEqual(second)
  expect(await run('test', url, 'all', '--workers=0')).toContain('Damaged   none')
}
