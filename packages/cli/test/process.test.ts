import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ProcessResult, ProgramProcess } from './support/process.ts'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

function start(argv: readonly string[]): ProgramProcess {
  return new ProgramProcess(argv, place.environment)
}

const run = (argv: readonly string[]): Promise<ProcessResult> => start(argv).ended()

describe('the program as a process', () => {
  test('backs up and restores with threads, says nothing on the error output, and ends by itself', async () => {
    const made = await run(['backup', place.destination, place.source])
    expect(made).toMatchObject({ exitCode: 0, error: '' })
    const restored = await run(['restore', place.destination, `--restore-path=${place.restored}`])
    expect(restored).toMatchObject({ exitCode: 0, error: '' })
    expect(readFileSync(`${place.restored}/sub/b.txt`, 'utf8')).toBe('beta')
  })

  test('a failure is told on the error output', async () => {
    expect(await run(['list', place.destination])).toMatchObject({
      exitCode: 100,
      out: '',
      error: expect.stringMatching(/^tercet: There is nothing at .*\n {2}Check the URL.*\n$/)
    })
  })

  test('a reader that goes away is no failure', async () => {
    await place.backUp()
    const reading = start(['list', place.destination, '--version=0'])
    reading.child.stdout?.destroy()
    const { exitCode, error } = await reading.ended()
    expect([exitCode, error]).toEqual([0, ''])
  })

  test.runIf(process.platform === 'linux')('a passphrase on the command line is blanked', async () => {
    const program = start([
      'backup',
      place.destination,
      place.source,
      '--passphrase=in plain sight',
      '--json'
    ])
    await program.said(/phase-start/)
    const title = readFileSync(`/proc/${program.child.pid}/cmdline`, 'utf8')
    program.kill('SIGKILL')
    await program.ended()
    expect(title).not.toContain('plain sight')
    expect(title).toContain('tercet backup')
  })
})
