import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runScript, type ScriptFacts, type ScriptHooks } from '../src/index.ts'
import { splitCommand } from '../src/scripts/split-command.ts'

let folder: Awaited<ReturnType<typeof createTemporaryFolder>>
beforeAll(async () => {
  folder = await createTemporaryFolder('tercet-scripts-')
})
afterAll(() => folder[Symbol.asyncDispose]())

let count = 0
/** A script of the shell, as users write them. */
function script(text: string): string {
  const path = folder.join(`script ${count++}.sh`)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

const FACTS: ScriptFacts = {
  event: 'BEFORE',
  operation: 'Backup',
  remoteUrl: 's3://acme/laptop',
  localPath: '/home/ada'
}
const runBefore = (text: string, more: ScriptHooks = {}) =>
  runScript({ before: script(text), ...more }, 'before', FACTS)

describe('the exit code', () => {
  test.each([
    [0, true, []],
    [1, false, []],
    [2, true, ['warning']],
    [3, false, ['warning']],
    [4, true, ['error']]
  ])('%i of a script before', async (exitCode, goesOn, severities) => {
    const outcome = await runBefore(`exit ${exitCode}`)
    expect([outcome.goesOn, outcome.issues.map(({ severity }) => severity)]).toEqual([goesOn, severities])
  })

  test.each([5, 6, 127])('%i ends the operation with an error', async (exitCode) => {
    await expect(runBefore(`exit ${exitCode}`)).rejects.toMatchObject({
      code: 'SCRIPT_FAILED',
      context: { exitCode }
    })
  })

  test.each([
    [0, []],
    [1, []],
    [3, ['warning']],
    [5, ['error']]
  ])('%i of a script after cannot stop anything', async (exitCode, severities) => {
    const outcome = await runScript({ after: script(`exit ${exitCode}`) }, 'after', {
      ...FACTS,
      event: 'AFTER'
    })
    expect([outcome.goesOn, outcome.issues.map(({ severity }) => severity)]).toEqual([true, severities])
  })

  test('other than 0 of a script that is required ends the operation', async () => {
    const required = (text: string) => runScript({ beforeRequired: script(text) }, 'beforeRequired', FACTS)
    expect(await required('exit 0')).toMatchObject({ goesOn: true, issues: [] })
    await expect(required('exit 1')).rejects.toMatchObject({ code: 'SCRIPT_FAILED' })
    await expect(runScript({ beforeRequired: '/nowhere' }, 'beforeRequired', FACTS)).rejects.toMatchObject({
      code: 'SCRIPT_UNUSABLE'
    })
  })
})

test('what it prints sets options and writes the log', async () => {
  const outcome = await runBefore(
    'echo "--dblock-size=10mb"; echo "--remoteurl=file:///x y"; echo "--dry-run"; echo "chatter"; echo "LOG:INFO all is well"; echo "LOG:WARN careful"; echo "LOG:ERROR broken"; echo oops >&2'
  )
  expect(outcome.output.options).toEqual([
    { option: 'dblock-size', text: '10mb' },
    { option: 'remoteurl', text: 'file:///x y' },
    { option: 'dry-run', text: undefined }
  ])
  expect(outcome.issues.map(({ severity, message }) => [severity, message.replace(/^.*\.sh: /, '')])).toEqual(
    [
      ['warning', 'careful'],
      ['error', 'broken'],
      ['warning', 'It wrote to its standard error: oops']
    ]
  )
})

test('it is told facts, and nothing that is secret', async () => {
  const environment = {
    ...process.env,
    PASSPHRASE: 'hunter2',
    AUTH_PASSWORD: 'hunter2',
    AWS_SECRET_ACCESS_KEY: 'hunter2'
  }
  const path = folder.join('env')
  const facts: ScriptFacts = {
    ...FACTS,
    backupName: 'laptop',
    parsedResult: 'Success',
    options: { 'dblock-size': '10mb' }
  }
  await runScript({ before: script(`env > ${path}`), environment }, 'before', facts)
  const seen = readFileSync(path, 'utf8')
  expect(seen).not.toContain('hunter2')
  for (const line of [
    'DUPLICATI__EVENTNAME=BEFORE',
    'DUPLICATI__OPERATIONNAME=Backup',
    'DUPLICATI__REMOTEURL=s3://acme/laptop',
    'DUPLICATI__LOCALPATH=/home/ada',
    'DUPLICATI__PARSED_RESULT=Success',
    'DUPLICATI__backup_name=laptop',
    'DUPLICATI__dblock_size=10mb'
  ])
    expect(seen.split('\n')).toContain(line)
})

test('one that takes too long is ended with all that it has started, and what it said is kept', async () => {
  const path = folder.join('child')
  // The child does not end when its parent is asked to; the file is its process.
  const text = `echo "LOG:WARN begun"; sh -c 'trap "" TERM; echo $$ > ${path}; while :; do sleep 1; done' & while [ ! -s ${path} ]; do :; done; wait`
  const outcome = await runBefore(text, { timeoutMs: 1500 })
  expect(outcome.goesOn).toBe(true)
  expect(outcome.issues.map(({ message }) => message.replace(/^.*\.sh[: ]*/, ''))).toEqual([
    'did not end within 1.5 s, and was ended',
    'begun'
  ])
  const child = Number(readFileSync(path, 'utf8'))
  expect(child).toBeGreaterThan(0)
  await vanished(child)
})

/** A process that was killed is there until somebody has collected it. */
async function vanished(pid: number): Promise<void> {
  for (;;) {
    try {
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return
    } catch {
      return
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('an end that is asked for ends it', async () => {
  const path = folder.join('begun')
  const end = new AbortController()
  const running = runScript({ before: script(`echo x > ${path}; sleep 600`) }, 'before', FACTS, {
    signal: end.signal
  })
  for (;;) {
    try {
      if (readFileSync(path, 'utf8') !== '') break
    } catch {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const reason = new Error('enough')
  end.abort(reason)
  await expect(running).rejects.toBe(reason)
})

test('arguments are taken apart only when that is said', async () => {
  const path = script('echo "LOG:WARN $1|$2"')
  const outcome = await runScript(
    { before: `"${path}" one 'two three'`, withArguments: true },
    'before',
    FACTS
  )
  expect(outcome.issues[0]?.message).toContain('one|two three')
  expect(await runScript({ before: `"${path}" one` }, 'before', FACTS)).toMatchObject({
    goesOn: true,
    issues: [{ severity: 'warning' }]
  })
  expect(splitCommand(`a "b c" 'd "e"' f\\g`)).toEqual(['a', 'b c', 'd "e"', 'f\\g'])
})

test('no script is no work, and an unknown setting is refused', async () => {
  expect(await runScript({}, 'before', FACTS)).toMatchObject({ goesOn: true, issues: [] })
  await expect(runScript({ befor: 'x' } as ScriptHooks, 'before', FACTS)).rejects.toMatchObject({
    code: 'CONFIG_UNKNOWN_KEY'
  })
})
