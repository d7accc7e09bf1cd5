import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ProgramProcess } from './support/process.ts'
import { Workplace } from './support/program.ts'

const PASSPHRASE = 'Quokka-73-unmistakable-passphrase'
const WRONG = 'Narwhal-19-unmistakable-and-wrong'

/** The ways in which a text may lie about: as it is, in the encodings of strings, and printed as base64 or digits. */
function tracesOf(secret: string): readonly (readonly [string, Buffer])[] {
  const raw = [
    ['UTF-8', Buffer.from(secret, 'utf8')],
    ['UTF-16, little end first', Buffer.from(secret, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(secret, 'utf16le').swap16()]
  ] as const
  return raw.flatMap(([name, bytes]) => [
    [name, bytes] as const,
    [`${name} in hex`, Buffer.from(bytes.toString('hex'))] as const,
    [`${name} in upper case hex`, Buffer.from(bytes.toString('hex').toUpperCase())] as const,
    ...[0, 1, 2].map(
      (shift) => [`${name} in base64 behind ${shift} bytes`, base64Core(bytes, shift)] as const
    )
  ])
}

/** What base64 makes of the bytes wherever they stand: the digits that depend on nothing before or behind them. */
function base64Core(bytes: Buffer, shift: number): Buffer {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  return Buffer.from(text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6)))
}

const TRACES = [...tracesOf(PASSPHRASE), ...tracesOf(WRONG)]

function tracesIn(bytes: Buffer): string[] {
  return TRACES.filter(([, trace]) => bytes.includes(trace)).map(([name]) => name)
}

/** Every file below a folder that has a trace of a secret, and how it has it. */
function tracesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name)
      return tracesIn(readFileSync(path)).map((name) => `${path}: ${name}`)
    })
}

let place: Workplace
let secretFile: string
const results: { readonly out: string; readonly error: string }[] = []
beforeEach(() => {
  place = new Workplace()
  mkdirSync(place.path('temporary'))
  // Outside of what is searched.
  secretFile = `${place.folder}.passphrase`
  writeFileSync(secretFile, `${PASSPHRASE}\n`)
  results.length = 0
})
afterEach(() => {
  rmSync(secretFile)
  place[Symbol.dispose]()
})

function start(secret: Record<string, string>, ...argv: string[]): ProgramProcess {
  const { PASSPHRASE: _, ...environment } = place.environment
  return new ProgramProcess(argv, { ...environment, TMPDIR: place.path('temporary'), ...secret })
}

/** In this process, which is quicker. */
async function run(...argv: string[]): Promise<{ readonly exitCode: number }> {
  return await runWith({ PASSPHRASE }, ...argv)
}

async function runWith(
  environment: Record<string, string>,
  ...argv: string[]
): Promise<{ exitCode: number }> {
  const result = await place.runWith({ environment }, ...argv, `--tempdir=${place.path('temporary')}`)
  results.push(result)
  return result
}

describe('the search', () => {
  test('finds every trace', () => {
    const folder = place.path('search')
    mkdirSync(folder)
    for (const [index, [, trace]] of TRACES.entries())
      writeFileSync(
        join(folder, String(index)),
        Buffer.concat([Buffer.from('xyz'), trace, Buffer.from('more')])
      )
    const found = new Set(tracesBelow(folder).map((line) => line.split(': ')[0]))
    expect(found.size).toBe(TRACES.length)
    for (const shift of [0, 1, 2]) {
      const printed = Buffer.concat([Buffer.alloc(shift, 7), Buffer.from(PASSPHRASE), Buffer.from('tail')])
      expect(tracesIn(Buffer.from(printed.toString('base64')))).toEqual([
        `UTF-8 in base64 behind ${shift} bytes`
      ])
    }
  })
})

describe('a passphrase', () => {
  test('is left nowhere by work that goes well, that fails and that is killed', async () => {
    const { destination, source, restored } = place
    const fromFile = `--passphrase-file=${secretFile}`
    expect((await runWith({ PASSPHRASE: '' }, 'backup', destination, source, fromFile)).exitCode).toBe(0)
    place.write('a.txt', 'alpha, longer')
    expect((await run('backup', destination, source, '--json')).exitCode).toBe(0)
    expect((await run('list', destination, '--json', '*')).exitCode).toBe(0)
    expect((await run('restore', destination, `--restore-path=${restored}`, '--json')).exitCode).toBe(0)
    expect((await run('test', destination, 'all', '--json')).exitCode).toBe(0)
    expect((await run('repair', destination)).exitCode).toBe(0)
    expect((await run('list', destination, '--no-local-db')).exitCode).toBe(0)

    // Failures: of the secret, of options, of the destination and of a volume.
    expect((await runWith({ PASSPHRASE: WRONG }, 'list', destination, '--json')).exitCode).toBe(100)
    expect(results.at(-1)?.out).toContain('ENGINE_PASSPHRASE_WRONG')
    expect((await run('backup', destination, source, '--frobnicate')).exitCode).toBe(200)
    expect((await run('list', place.path('nowhere'))).exitCode).toBe(100)
    const parameters = place.path('parameters')
    writeFileSync(parameters, 'not an option\n')
    expect((await run('list', destination, `--parameters-file=${parameters}`)).exitCode).toBe(200)
    flipMiddle(join(destination, place.volumes('dblock')[0]!))
    expect((await run('test', destination, 'all')).exitCode).toBe(3)

    // Killed while it works: what lies about then stays.
    for (let i = 0; i < 300; i++) place.write(`many/${i}`, `text ${i} `.repeat(200))
    const killed = start({ PASSPHRASE }, 'backup', destination, source, '--json')
    await killed.said(/"batch-end"/)
    killed.kill('SIGKILL')
    const left = await killed.ended()
    results.push(left)
    expect(left.signal).toBe('SIGKILL')
    expect(readdirSync(place.path('data/tercet/catalogs')).some((name) => name.endsWith('-wal'))).toBe(true)

    expect(tracesBelow(place.folder)).toEqual([])
    for (const { out, error } of results) expect(tracesIn(Buffer.from(out + error)), out + error).toEqual([])
  })

  test.runIf(process.platform === 'linux')(
    'on the command line is gone from there once it was read',
    async () => {
      const { destination, source } = place
      const running = start({}, 'backup', destination, source, `--passphrase=${PASSPHRASE}`, '--json')
      await running.said(/"phase-start"/)
      const title = readFileSync(`/proc/${running.child.pid}/cmdline`)
      results.push(await running.ended())
      expect(title.toString()).toContain('--passphrase=[secret]')
      expect(tracesIn(title)).toEqual([])
      expect(tracesBelow(place.folder)).toEqual([])
      for (const { out, error } of results) expect(tracesIn(Buffer.from(out + error))).toEqual([])
    }
  )
})

function flipMiddle(path: string): void {
  const bytes = readFileSync(path)
  const at = bytes.length >> 1
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.of(bytes[at]! ^ 1), 0, 1, at)
  closeSync(file)
}
