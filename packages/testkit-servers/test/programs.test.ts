import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')

test('a test is tried again after an error that another attempt may mend, once, and after no other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tercet-another-try-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'result.json')
  const root = join(import.meta.dirname, 'another-try')
  const run = promisify(execFile)(
    process.execPath,
    [vitest, 'run', '--no-cache', `--root=${root}`, '--reporter=json', `--outputFile=${file}`],
    { env: { PATH: process.env['PATH'] } }
  )
  await expect(run).rejects.toMatchObject({ code: 1 })

  const { testResults } = JSON.parse(await readFile(file, 'utf8'))
  const results: { title: string; status: string; failureMessages: string[] }[] =
    testResults[0].assertionResults
  expect(
    results.map(({ title, status, failureMessages }) => [title, status, failureMessages.length])
  ).toEqual([
    ['breaks off once', 'passed', 1],
    ['breaks off again and again', 'failed', 2],
    ['refuses', 'failed', 1],
    ['does not answer what is expected', 'failed', 1],
    ['attempts', 'passed', 0]
  ])
})
