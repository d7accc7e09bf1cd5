import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hideSecrets } from '../src/hide-secrets.ts'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

function script(name: string, text: string): string {
  const path = place.path(name)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

/** The last line of `--json`. */
const resultOf = ({ out }: { readonly out: string }) => JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')

const backUp = (...options: string[]) =>
  place.run('backup', place.destination, place.source, '--no-encryption', ...options)

test('a script before decides whether anything is done, and may set options', async () => {
  const no = await backUp(`--run-script-before=${script('no', 'exit 1')}`)
  expect([no.exitCode, no.out]).toEqual([0, expect.stringContaining('Not done')])
  expect(existsSync(place.destination)).toBe(false)
  const failing = await backUp(`--run-script-before-required=${script('failing', 'exit 7')}`, '--json')
  expect([failing.exitCode, resultOf(failing)]).toMatchObject([100, { error: { code: 'SCRIPT_FAILED' } }])
  const dry = await backUp(`--run-script-before=${script('dry', 'echo --dry-run=true')}`)
  expect([dry.exitCode, dry.out]).toEqual([0, expect.stringContaining('dry run')])
  const wrong = await backUp(`--run-script-before=${script('wrong', 'echo --dyr-run=true')}`)
  expect([wrong.exitCode, wrong.error]).toEqual([200, expect.stringContaining('dry-run')])
})

test('scripts after are told the result and no secret, and warn by their exit code', async () => {
  const seen = place.path('seen')
  const after = script('after', `env > ${seen}; cat "$DUPLICATI__RESULTFILE" >> ${seen}; exit 2`)
  const post = script('post', `echo "$DUPLICATI__EVENTNAME" > ${place.path('post')}`)
  const result = await place.run(
    'backup',
    place.destination,
    place.source,
    '--passphrase=hunter2',
    `--run-script-after=${after}`,
    `--run-script-post-backup=${post}`,
    '--backup-name=laptop'
  )
  expect([result.exitCode, result.error]).toEqual([2, expect.stringContaining('has ended with 2')])
  const text = readFileSync(seen, 'utf8')
  for (const part of [
    'DUPLICATI__PARSED_RESULT=Success',
    'DUPLICATI__OPERATIONNAME=Backup',
    'DUPLICATI__backup_name=laptop',
    '"storedBytes"'
  ])
    expect(text).toContain(part)
  expect(text).not.toContain('hunter2')
  expect(readFileSync(place.path('post'), 'utf8')).toBe('POST-BACKUP\n')
})

test('scripts go with every operation on a destination, and see no secret of a replica', async () => {
  await backUp()
  const seen = place.path('seen')
  const after = `--run-script-after=${script('after', `env > ${seen}`)}`
  const operations = [
    ['PurgeFiles', 'purge', place.destination, '*/nothing', '--no-encryption'],
    ['PurgeBrokenFiles', 'purge-broken-files', place.destination],
    ['ListBrokenFiles', 'list-broken-files', place.destination],
    ['List', 'list', place.destination],
    ['List', 'find', place.destination, '*'],
    ['ListFilesets', 'list-filesets', place.destination],
    ['ListFolder', 'list-folder-content', place.destination],
    ['ListFileVersions', 'list-file-versions', place.destination, place.source],
    ['SearchEntries', 'search-entries', place.destination, 'letter'],
    ['ListChanges', 'compare', place.destination, '0', '0'],
    ['ListAffected', 'affected', place.destination, 'duplicati-20200101T000000Z.dlist.zip'],
    ['ReadLockInfo', 'read-lock-info', place.destination],
    ['Sync', 'sync', place.destination, `file://${place.path('copy')}?x-secret=hunter2`]
  ]
  for (const [name, ...line] of operations) {
    rmSync(seen, { force: true })
    await place.run(...line, after)
    const text = readFileSync(seen, 'utf8')
    expect(text).toContain(`DUPLICATI__OPERATIONNAME=${name}\n`)
    expect(text).not.toContain('hunter2')
  }
})

test('a script after runs after a failure, too', async () => {
  const seen = place.path('seen')
  const after = script('after', `echo "$DUPLICATI__PARSED_RESULT" > ${seen}`)
  const result = await place.run(
    'restore',
    place.path('nowhere'),
    '--no-encryption=false',
    `--run-script-after=${after}`
  )
  expect(result.exitCode).toBe(100)
  expect(readFileSync(seen, 'utf8')).toBe('Fatal\n')
})

test('a report is sent, and one that cannot be changes nothing', async () => {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      bodies.push(body)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`
    const sent = await backUp(`--send-http-json-urls=${url}`)
    expect(sent.exitCode).toBe(0)
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      Data: { ParsedResult: 'Success', MainOperation: 'Backup' }
    })
    const unsent = await backUp('--send-http-json-urls=http://127.0.0.1:1/token', '--send-http-retries=0')
    expect([unsent.exitCode, unsent.error]).toEqual([0, expect.stringContaining('could not be sent')])
    expect(unsent.error).not.toContain('token')
  } finally {
    server.close()
  }
})

test('wrong options of reports are refused before anything is done', async () => {
  for (const options of [
    ['--send-mail-to=a@example.org'],
    ['--send-http-json-urls=x', '--send-http-level=Good'],
    ['--run-script-timeout=soon']
  ])
    expect((await backUp(...options)).exitCode).toBe(200)
  expect(existsSync(place.destination)).toBe(false)
})

test('a provider of secrets fills in options, and no secret is shown', async () => {
  writeFileSync(place.path('secrets.json'), JSON.stringify({ pass: 'hunter2', folder: 'destination' }))
  const provider = `--secret-provider=file-secret://${place.path('secrets.json')}`
  const made = await place.run(
    'backup',
    place.destination,
    place.source,
    '--passphrase=$pass',
    provider,
    '--json'
  )
  expect(made.exitCode).toBe(0)
  expect(made.out + made.error).not.toContain('hunter2')
  expect((await place.run('list', place.destination, '--passphrase=hunter2')).exitCode).toBe(0)
  const missing = await place.run('list', place.destination, '--passphrase=$other', provider, '--json')
  expect(resultOf(missing)).toMatchObject({ error: { code: 'SECRET_MISSING' } })
})

test('addresses of reports and passwords are no part of the title of the process', () => {
  const title = hideSecrets([
    'backup',
    '/d',
    '--send-http-json-urls=https://chat/token',
    '--send-mail-url=smtp://a:pw@host',
    '--send-mail-password=pw2'
  ])
  for (const secret of ['token', 'pw']) expect(title).not.toContain(secret)
})
