import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from './support/workplace.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Another program: it backs up, restores, and disposes; then it has nothing left to do. */
const program = (workers: string) => `
import { openBackup } from '@tercet/sdk'
const [source, destination, restored, catalogPath] = process.argv.slice(2)
await using backup = await openBackup({ destination, passphrase: 'hunter2', catalogPath${workers} })
const result = await backup.run({ sources: [source] })
await backup.restore({ to: restored })
console.log(result.outcome, result.addedFiles)
`

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

/** One file for the program and one for its workers; native code stays outside, as it must. */
async function bundle(text: string): Promise<string> {
  writeFileSync(place.path('program.ts'), text)
  mkdirSync(place.path('node_modules/@tercet'), { recursive: true })
  symlinkSync(join(root, 'packages/sdk'), place.path('node_modules/@tercet/sdk'))
  symlinkSync(join(root, 'node_modules/koffi'), place.path('node_modules/koffi'))
  await build({
    entryPoints: {
      program: place.path('program.ts'),
      'tercet-engine-worker': join(root, 'packages/engine/src/worker.ts')
    },
    outdir: place.path('bundle'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: ['koffi'],
    conditions: ['@tercet/source', 'node'],
    logLevel: 'silent'
  })
  return place.path('bundle/program.mjs')
}

function start(file: string, conditions: string[] = []) {
  const places = [place.source, place.path('destination'), place.path('restored'), place.catalogPath]
  const options = {
    encoding: 'utf8',
    env: { PATH: dirname(process.execPath), TMPDIR: place.folder },
    timeout: 240_000
  } as const
  return spawnSync(process.execPath, [...conditions, file, ...places], options)
}

/** It did its work, said nothing else, and ended by itself. */
function expectDone(result: ReturnType<typeof start>): void {
  expect({ status: result.status, out: result.stdout, error: result.stderr }).toEqual({
    status: 0,
    out: 'success 2\n',
    error: ''
  })
  expect(readFileSync(place.path('restored/sub/b.txt'), 'utf8')).toBe('beta')
}

describe('a program that uses this package', () => {
  test('works in a bundle, with the worker bundled beside it', async () => {
    expectDone(start(await bundle(program(''))))
  })
  test('has its worker from beside the bundle, and tells by a code when that is broken', async () => {
    const file = await bundle(program(', workers: 2'))
    writeFileSync(place.path('bundle/tercet-engine-worker.mjs'), 'throw new Error("this very file")')
    const { status, stderr } = start(file)
    expect(status).toBe(1)
    expect(stderr).toContain('WORKER_START_FAILED')
    expect(stderr).toContain('this very file')
  })
  test('works in a bundle that says where its worker is', async () => {
    const text = program(", workerUrl: new URL('./tercet-engine-worker.mjs', import.meta.url), workers: 2")
    expectDone(start(await bundle(text)))
  })
  test('works in a bundle with no worker at all', async () => {
    expectDone(start(await bundle(program(', workers: 0'))))
  })
  test('works from the sources', () => {
    const file = place.path('program.ts')
    writeFileSync(file, program(''))
    mkdirSync(place.path('node_modules/@tercet'), { recursive: true })
    symlinkSync(join(root, 'packages/sdk'), place.path('node_modules/@tercet/sdk'))
    expectDone(start(file, ['--conditions=@tercet/source']))
  })
  test('works as the README says', () => {
    const readme = readFileSync(join(root, 'packages/sdk/README.md'), 'utf8')
    const file = place.path('readme.ts')
    writeFileSync(file, /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '')
    mkdirSync(place.path('node_modules/@tercet'), { recursive: true })
    symlinkSync(join(root, 'packages/sdk'), place.path('node_modules/@tercet/sdk'))
    const result = start(file, ['--conditions=@tercet/source'])
    expect([result.status, result.stdout, result.stderr]).toEqual([0, 'success 1\n', ''])
  })
})
