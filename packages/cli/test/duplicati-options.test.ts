import { existsSync } from 'node:fs'
import { DUPLICATI_OPTIONS } from '@tercet/sdk/settings'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseCommandLine } from '../src/command-line.ts'
import { COMMANDS } from '../src/commands.ts'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

const named = (option: string): string => option.replace('*', 'max')

describe('an option of Duplicati', () => {
  test('without a counterpart is refused before anything is done, with the reason', async () => {
    const refused = await place.run('backup', place.destination, place.source, '--new-passphrase=x')
    expect([refused.exitCode, refused.out, existsSync(place.destination)]).toEqual([200, '', false])
    expect(refused.error).toMatch(/^tercet: --new-passphrase is not supported: .* \[CONFIG_UNSUPPORTED\]\n$/)
  })

  test.each(
    DUPLICATI_OPTIONS.filter((entry) => !entry.needless && !entry.only).flatMap(({ option, reason }) => [
      [`--${named(option)}`, reason],
      [`--${named(option)}=true`, reason]
    ])
  )('%s is refused by the command line', (option, reason) => {
    expect(() => parseCommandLine(['repair', 'd', option], COMMANDS)).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNSUPPORTED', message: expect.stringContaining(reason) })
    )
  })

  test('in a file of parameters is refused as well', async () => {
    place.write('parameters', '--send-xmpp-to=ada\n')
    const file = `--parameters-file=${place.source}/parameters`
    const refused = await place.run('backup', place.destination, place.source, file)
    expect([refused.exitCode, refused.error]).toEqual([200, expect.stringContaining('[CONFIG_UNSUPPORTED]')])
  })

  test('that is not needed is taken, and that it has no effect is said', async () => {
    const options = ['--concurrency-compressors', '4', '--auto-vacuum', '--compression-module=ZIP']
    const backup = await place.run('backup', place.destination, ...options, place.source, '--workers=0')
    expect([backup.exitCode, backup.error.split('\n')]).toEqual([
      0,
      [
        expect.stringMatching(/^tercet: --concurrency-compressors has no effect: .*--workers/),
        expect.stringMatching(/^tercet: --auto-vacuum has no effect: /),
        ''
      ]
    ])
    const json = await place.run('list', place.destination, '--auto-vacuum', '--json')
    expect([json.error, json.io.stdout.json[0]]).toEqual([
      '',
      { type: 'notice', message: expect.stringMatching(/^--auto-vacuum has no effect: /) }
    ])
  })

  test('with a value that asks for something else is refused', async () => {
    const refused = await place.run('backup', place.destination, place.source, '--snapshot-policy=on')
    expect([refused.exitCode, refused.error]).toEqual([
      200,
      expect.stringContaining('--snapshot-policy is not supported except as --snapshot-policy=off: ')
    ])
  })
})

test('an option of other commands says whose it is', () => {
  expect(() => parseCommandLine(['list', 'd', '--restore-path=/x'], COMMANDS)).toThrow(
    /--restore-path is no option of list, but of restore$/
  )
})

test('--dryrun is --dry-run', async () => {
  const tried = await place.run('backup', place.destination, place.source, '--dryrun', '--workers=0')
  expect([tried.exitCode, existsSync(place.destination)]).toEqual([0, false])
})

test('--disable-autocreate-folder refuses a destination that is not there', async () => {
  const refused = await place.run('backup', place.destination, place.source, '--disable-autocreate-folder')
  expect([refused.exitCode, refused.error]).toEqual([100, expect.stringContaining('[BACKUP_NOT_FOUND]')])
  expect(existsSync(place.destination)).toBe(false)
})
