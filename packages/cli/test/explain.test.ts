import { describe, expect, test } from 'vitest'
import { explain } from '../src/explain.ts'
import { HINTS } from '../src/hints.ts'
import { listenForSignals } from '../src/interruption.ts'
import { issueLines, Reporter } from '../src/reporter.ts'
import { FakeIo } from './support/fake-io.ts'
import { Workplace } from './support/program.ts'

const failure = (code: string, message = 'It broke', context = {}) =>
  Object.assign(new Error(message), { code, context })

describe('failures', () => {
  test.each([
    ['CONFIG_UNKNOWN_KEY', 200],
    ['CONFIG_CONFLICT', 200],
    ['FILTER_INVALID', 200],
    ['STORAGE_INVALID_URL', 200],
    ['STORAGE_UNKNOWN_SCHEME', 200],
    ['STORAGE_NOT_FOUND', 100],
    ['STORAGE_FULL', 100],
    ['ENGINE_PASSPHRASE_WRONG', 100],
    ['CATALOG_LOCKED', 100],
    ['CATALOG_NO_SUCH_VERSION', 100],
    ['SOMETHING_NEW', 100]
  ])('%s ends with %d', (code, exitCode) => {
    expect(explain(failure(code))).toMatchObject({ code, exitCode, message: 'It broke' })
  })
  test('an abort is a stop', () => {
    expect(explain(new DOMException('x', 'AbortError'))).toMatchObject({ exitCode: 50 })
  })
  test('whatever is thrown is told', () => {
    expect(explain('text')).toMatchObject({ code: 'UNEXPECTED', message: 'text', exitCode: 100 })
    expect(explain(new TypeError('bad'))).toMatchObject({ code: 'UNEXPECTED', message: 'bad' })
    expect(explain(failure('toString'))).toMatchObject({ hint: undefined })
  })
  test('the hint may be that of the cause', () => {
    const failed = Object.assign(failure('DESTINATION_UPLOAD_FAILED'), { cause: failure('STORAGE_FULL') })
    expect(explain(failed)).toMatchObject({
      code: 'DESTINATION_UPLOAD_FAILED',
      hint: HINTS['STORAGE_FULL']?.hint
    })
  })
  test('settings are named by their options', async () => {
    const place = new Workplace()
    try {
      await place.backUp('--blocksize=10kb')
      const other = await place.run('backup', place.destination, place.source, '--blocksize=20kb')
      expect(other.error).toContain('has the --blocksize 10240 for its whole life')
      const small = await place.run('backup', place.path('new'), place.source, '--dblock-size=1mb')
      expect([small.exitCode, small.error]).toEqual([
        200,
        expect.stringContaining('backup: --dblock-size (1048576)')
      ])
      const nothing = await place.run('delete', place.destination)
      expect([nothing.exitCode, nothing.error]).toEqual([
        200,
        expect.stringContaining('tercet: Say which versions go, with --version, --time, --keep-time, ')
      ])
    } finally {
      place[Symbol.dispose]()
    }
  })
  test('hints say what to do in one line', () => {
    for (const [code, { hint }] of Object.entries(HINTS)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)+$/)
      if (hint !== undefined) expect(hint, code).toMatch(/^\S.{10,110}\.$/)
    }
  })
  test('are told to people on the error output, with the hint', async () => {
    const io = new FakeIo()
    expect(await new Reporter(io, false).fail(failure('CATALOG_LOCKED'))).toBe(100)
    expect(io.stdout.text).toBe('')
    expect(io.stderr.text).toBe(
      'tercet: It broke [CATALOG_LOCKED]\n  Wait until the other run has ended, and try again.\n'
    )
  })
  test('are told to programs as the result', async () => {
    const io = new FakeIo()
    await new Reporter(io, true).fail(failure('CATALOG_LOCKED', 'It broke', { path: '/x' }))
    expect(io.stderr.text).toBe('')
    expect(io.stdout.json).toEqual([
      {
        type: 'result',
        outcome: 'failed',
        exitCode: 100,
        error: {
          code: 'CATALOG_LOCKED',
          message: 'It broke',
          hint: HINTS['CATALOG_LOCKED']?.hint,
          context: { path: '/x' }
        }
      }
    ])
  })
})

describe('results', () => {
  test.each([
    ['success', 0],
    ['warning', 2],
    ['error', 3],
    ['stopped', 50]
  ] as const)('%s ends with %d', async (outcome, exitCode) => {
    const io = new FakeIo()
    expect(await new Reporter(io, true).finish(outcome, { files: 1 }, ['not shown'])).toBe(exitCode)
    expect(io.stdout.json).toEqual([{ type: 'result', outcome, exitCode, files: 1 }])
  })
  test('events come first, one a line', async () => {
    const io = new FakeIo()
    const reporter = new Reporter(io, true)
    reporter.show({ type: 'scan-progress', entries: 1, files: 1, bytes: 2 })
    await reporter.item('entry', { path: '/a', hash: new Uint8Array([1, 255]) }, 'not shown')
    await reporter.finish('success', {}, [])
    expect(io.stdout.json.map(({ type }) => type)).toEqual(['scan-progress', 'entry', 'result'])
    expect(io.stdout.json[1]).toMatchObject({ hash: '01ff' })
  })
  test('issues are named, the first ten of them', () => {
    const issues = Array.from({ length: 12 }, (_, index) => ({
      code: 'SOURCE_LOCKED',
      severity: 'warning' as const,
      message: 'It is locked',
      path: `/f${index}\n`
    }))
    const lines = issueLines(issues, 40)
    expect(lines).toHaveLength(11)
    expect(lines[0]).toBe('  warning SOURCE_LOCKED: It is locked (/f0\\u000a)')
    expect(lines.at(-1)).toBe('  and 30 more; --json lists them')
  })
})

describe('signals', () => {
  test('the first stops, the second breaks off', () => {
    const io = new FakeIo()
    using interruption = listenForSignals(io)
    io.send('SIGINT')
    expect([interruption.stop.aborted, interruption.abort.aborted]).toEqual([true, false])
    expect(io.endings).toEqual([])
    io.send('SIGTERM')
    expect(interruption.abort.aborted).toBe(true)
    expect(interruption.abort.reason).toMatchObject({ name: 'AbortError' })
    expect(io.endings).toEqual([4500])
  })
  test('what cannot stop in good order breaks off at the first', () => {
    const io = new FakeIo()
    using interruption = listenForSignals(io)
    interruption.cannotStop()
    io.send('SIGTERM')
    expect(interruption.abort.aborted).toBe(true)
  })
  test('nobody listens afterwards', () => {
    const io = new FakeIo()
    {
      using _ = listenForSignals(io)
      expect(io.listenerCount).toBe(1)
    }
    expect(io.listenerCount).toBe(0)
  })
})
