import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ProgramProcess } from './support/process.ts'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeAll(() => {
  place = new Workplace({})
  place.write('letters/1.txt', 'Dear Ada')
})
afterAll(() => place[Symbol.dispose]())

describe('tercet watch', () => {
  test('makes a version of each change until it is stopped, and all of them can be listed', async () => {
    const argv = [
      'watch',
      place.destination,
      place.source,
      '--quiet-time=0s',
      '--watch-method=inotify',
      '--json'
    ]
    const program = new ProgramProcess(argv, place.environment)
    await program.said(/"type":"run","coverage":"scan"/)
    place.write('letters/2.txt', 'Dear Charles')
    await program.said(/"type":"run","coverage":"events"/)
    program.kill('SIGINT')
    const ended = await program.ended()
    expect([ended.exitCode, ended.error]).toEqual([0, ''])
    const result = JSON.parse(ended.out.trimEnd().split('\n').at(-1)!)
    expect(result).toMatchObject({ type: 'result', outcome: 'success', failures: 0 })
    expect(result.versions).toBeGreaterThan(1)
    const listed = await new ProgramProcess(['list', place.destination], place.environment).ended()
    expect(listed.out).toMatch(/^ {3}0 .*, by events$/m)
  })

  test('refuses a source that is not there', async () => {
    const argv = ['watch', place.destination, `${place.source}-missing`]
    const { exitCode, error } = await new ProgramProcess(argv, place.environment).ended()
    expect(exitCode).toBe(100)
    expect(error).toMatch(/None of the folders to watch is there/)
  })
})
