import { readFileSync, writeFileSync } from 'node:fs'
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
    const script = place.path('told')
    writeFileSync(script, `#!/bin/sh\necho "$DUPLICATI__EVENTNAME" >> ${place.path('events')}\n`, {
      mode: 0o755
    })
    const argv = [
      'watch',
      place.destination,
      place.source,
      '--quiet-time=0s',
      '--watch-method=inotify',
      ...['before', 'post-backup', 'after'].map((when) => `--run-script-${when}=${script}`),
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
    const events = readFileSync(place.path('events'), 'utf8').trimEnd().split('\n')
    expect(events).toEqual(['BEFORE', ...Array(result.versions).fill('POST-BACKUP'), 'AFTER'])
    const listed = await new ProgramProcess(['list', place.destination], place.environment).ended()
    expect(listed.out).toMatch(/^ {3}0 .*, by events, full scan \d.* before$/m)
  })

  test('watches a job of a file', async () => {
    using own = new Workplace({ '1.txt': 'Dear Ada' })
    const jobs = `--jobs=${own.path('tercet.json')}`
    const job = {
      sources: [own.source],
      destination: own.destination,
      passphrase: '$PASSPHRASE',
      watch: { quietTimeMs: 0, watchMethod: 'inotify' }
    }
    writeFileSync(own.path('tercet.json'), JSON.stringify({ jobs: { letters: job } }))
    const versions = new ProgramProcess(['watch', 'letters', jobs, '--json'], own.environment)
    await versions.said(/"type":"run".*"name":"letters".*"coverage":"scan"/)
    own.write('2.txt', 'Dear Charles')
    await versions.said(/"type":"run".*"name":"letters".*"coverage":"events"/)
    versions.kill('SIGINT')
    expect(await versions.ended()).toMatchObject({ exitCode: 0, error: '' })
  })

  test('a backup at another time goes by what a watcher has recorded, and says so', async () => {
    using own = new Workplace({ '1.txt': 'Dear Ada' })
    const backUp = async () => {
      const argv = ['backup', own.destination, own.source, '--changed-since-watch', '--json']
      const { exitCode, out } = await new ProgramProcess(argv, own.environment).ended()
      expect(exitCode).toBe(0)
      return out
    }
    expect(await backUp()).toMatch(/nobody watches now(.|\n)*"scope":"all"/)
    const argv = ['watch', own.destination, own.source, '--record-only', '--watch-method=inotify', '--json']
    const watcher = new ProgramProcess(argv, own.environment)
    await watcher.said(/"type":"watching".*"method":"inotify"/)
    expect(await backUp()).toMatch(/"scope":"all"/)
    own.write('2.txt', 'Dear Charles')
    expect(await backUp()).toMatch(/"addedFiles":1,.*"scope":"changed"/)
    watcher.kill('SIGINT')
    expect(await watcher.ended()).toMatchObject({ exitCode: 0, error: '' })
    const listed = await new ProgramProcess(['list', own.destination], own.environment).ended()
    expect(listed.out).toMatch(/^ {3}0 .*, by events, full scan \d.* before$/m)
  })

  test('refuses what is neither a job nor has sources', async () => {
    const file = place.path('jobs.json')
    writeFileSync(file, '{"jobs":{}}')
    const { exitCode, error } = await new ProgramProcess(
      ['watch', 'letters', `--jobs=${file}`],
      place.environment
    ).ended()
    expect(exitCode).toBe(200)
    expect(error).toMatch(/There is no job "letters"/)
  })

  test('refuses a source that is not there', async () => {
    const argv = ['watch', place.destination, `${place.source}-missing`]
    const { exitCode, error } = await new ProgramProcess(argv, place.environment).ended()
    expect(exitCode).toBe(100)
    expect(error).toMatch(/None of the folders to watch is there/)
  })
})
