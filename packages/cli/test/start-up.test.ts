import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { COMPILE_CACHE } from './support/process.ts'
import { Workplace } from './support/program.ts'

const entry = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const recorder = new URL('./support/record-modules.mjs', import.meta.url).href

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

/** Modules that the program loads on its main thread for a command line, from the folder of all packages on. */
function modulesOf(...argv: string[]): string[] {
  const record = place.path('modules.json')
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@tercet/source', '--import', recorder, entry, ...argv],
    { env: { ...COMPILE_CACHE, ...place.environment, TERCET_LOADED_MODULES: record }, encoding: 'utf8' }
  )
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const urls = JSON.parse(readFileSync(record, 'utf8')) as string[]
  return urls.map((url) => url.replace(/^.*\/(packages|node_modules)\//, ''))
}

function packagesOf(modules: readonly string[]): string[] {
  return [...new Set(modules.map((module) => module.split('/')[0] as string))].sort()
}

function commandsOf(modules: readonly string[]): string[] {
  return modules.filter((module) => module.startsWith('cli/src/commands/'))
}

// What a start costs is what it loads; counts do not depend on the machine.
describe('what is loaded', () => {
  test('for the version: a few modules of the program itself', () => {
    const modules = modulesOf('--version')
    expect(packagesOf(modules)).toEqual(['cli'])
    expect(modules.length).toBeLessThanOrEqual(8)
  })

  test('for help: the tables of settings, and nothing that works with them', () => {
    const modules = modulesOf('help', 'backup')
    expect(packagesOf(modules)).toEqual(['cli', 'commander', 'interface', 'sdk', 'sync-policy'])
    expect(commandsOf(modules)).toEqual([])
  })

  test('for a list: the one command, no native code', async () => {
    await place.backUp()
    const modules = modulesOf('list', place.destination)
    expect(commandsOf(modules)).toEqual(['cli/src/commands/list.ts', 'cli/src/commands/needs.ts'])
    expect(modules).not.toContain('cli/src/limit-memory.ts')
    expect(packagesOf(modules)).not.toContain('koffi')
    // Modules of the sources; the packages have them bundled. Some room, so that splitting one is not punished.
    expect(modules.length).toBeLessThanOrEqual(450)
  })

  test('for a sync: what replicates, nothing that makes or reads backups', () => {
    mkdirSync(place.path('primary'))
    mkdirSync(place.path('replica'))
    writeFileSync(join(place.path('primary'), 'duplicati-20260101T000001Z.dlist.zip'), 'a list')
    const modules = modulesOf('sync', `file://${place.path('primary')}`, `file://${place.path('replica')}`)
    expect(packagesOf(modules)).not.toContain('core')
    expect(packagesOf(modules)).not.toContain('re2js')
    expect(modules.filter((module) => module.startsWith('engine/'))).toEqual([
      'engine/src/selection.ts',
      'engine/src/common/selection-time.ts',
      'engine/src/common/selection-versions.ts'
    ])
    expect(modules.length).toBeLessThanOrEqual(400)
  })
})
