import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { locateWorker } from '../../src/workers/index.ts'

const APP = fileURLToPath(new URL('./bundled-program.ts', import.meta.url))
const WORKER = fileURLToPath(new URL('./test-worker.ts', import.meta.url))

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tercet-bundle-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Bundles as a consumer would, into a folder from which nothing of this repository can be found. */
async function bundle(entryPoints: Record<string, string>, format: 'esm' | 'cjs' = 'esm'): Promise<void> {
  await build({
    entryPoints,
    outdir: folder,
    outExtension: { '.js': format === 'esm' ? '.mjs' : '.cjs' },
    bundle: true,
    platform: 'node',
    format,
    conditions: ['@tercet/source'],
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' }
  })
}

function run(file: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, file)], {
    encoding: 'utf8',
    timeout: 240_000
  })
  return { status, stdout: stdout.trim(), stderr }
}

describe('a pool inside a bundle', () => {
  it('finds the worker module that was bundled beside it', async () => {
    await bundle({ app: APP, 'tercet-worker': WORKER })
    expect(run('app.mjs')).toEqual({ status: 0, stdout: 'tercet-worker.mjs: 0', stderr: '' })
  })

  it('finds the worker module of an installed package', async () => {
    const installed = join(folder, 'node_modules/@test/package')
    mkdirSync(installed, { recursive: true })
    writeFileSync(
      join(installed, 'package.json'),
      JSON.stringify({ name: '@test/package', type: 'module', exports: { './worker': './the-worker.js' } })
    )
    await build({
      entryPoints: [WORKER],
      outfile: join(installed, 'the-worker.js'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['@tercet/source'],
      logLevel: 'error'
    })
    await bundle({ app: APP })
    expect(run('app.mjs')).toEqual({ status: 0, stdout: 'the-worker.js: 0', stderr: '' })
  })

  it("never takes the program's own worker.js for it", async () => {
    await bundle({ app: APP })
    writeFileSync(join(folder, 'worker.js'), 'setInterval(() => {}, 1000)')
    expect(run('app.mjs')).toEqual({ status: 0, stdout: 'inline: 0', stderr: '' })
  })

  it('works on the calling thread where import.meta is lost', async () => {
    await bundle({ app: APP, 'tercet-worker': WORKER }, 'cjs')
    expect(run('app.cjs')).toEqual({ status: 0, stdout: 'inline: 0', stderr: '' })
  })
})

describe('locateWorker', () => {
  const options = { packageName: '@test/package', name: 'worker', bundledName: 'tercet-worker' }

  function inPackage(name: string, file: string): string {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name }))
    mkdirSync(join(folder, 'lib'), { recursive: true })
    return pathToFileURL(join(folder, 'lib', file)).href
  }

  it('takes the module beside it within the package, as it is: source or built', () => {
    expect(locateWorker({ ...options, from: inPackage('@test/package', 'index.js') })?.href).toMatch(
      /\/lib\/worker\.js$/
    )
    expect(locateWorker({ ...options, from: inPackage('@test/package', 'index.ts') })?.href).toMatch(
      /\/lib\/worker\.ts$/
    )
    expect(locateWorker({ ...options, from: inPackage('another', 'index.js') })).toBeUndefined()
  })

  it('believes the caller before all', () => {
    const explicit = new URL('file:///elsewhere/w.js')
    expect(locateWorker({ ...options, from: inPackage('@test/package', 'index.js'), explicit })).toBe(
      explicit
    )
  })

  it('knows nothing of places that are no files', () => {
    expect(locateWorker({ ...options, from: 'https://example.com/app.js' })).toBeUndefined()
    expect(locateWorker({ ...options, from: undefined })).toBeUndefined()
  })
})
