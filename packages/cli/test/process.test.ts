import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

const entry = fileURLToPath(new URL('../src/main.ts', import.meta.url))

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

/** Starts the program as a process of its own, from the sources. */
function start(argv: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, ['--conditions=@tercet/source', entry, ...argv], {
    env: { PATH: dirname(process.execPath), ...place.environment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe']
  })
}

async function run(argv: readonly string[], environment: Record<string, string> = {}) {
  const child = start(argv, environment)
  let out = ''
  let error = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (error += text))
  const [exitCode] = await once(child, 'close')
  return { exitCode, out, error }
}

/** Waits until the program has said something that matches. */
async function said(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = ''
  for await (const chunk of child.stdout!) {
    text += String(chunk)
    if (pattern.test(text)) return
  }
  throw new Error(`The program ended without ${pattern}: ${text}`)
}

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
    const child = start(['list', place.destination, '--version=0'])
    let error = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (error += text))
    child.stdout?.destroy()
    const [exitCode] = await once(child, 'close')
    expect([exitCode, error]).toEqual([0, ''])
  })

  test.runIf(process.platform === 'linux')('a passphrase on the command line is blanked', async () => {
    const child = start(['backup', place.destination, place.source, '--passphrase=in plain sight', '--json'])
    await said(child, /phase-start/)
    const title = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(title).not.toContain('plain sight')
    expect(title).toContain('tercet backup')
  })
})

describe('signals', () => {
  /** Enough that a backup is not done before it is stopped. */
  function fillSource(): void {
    for (let folder = 0; folder < 40; folder++) {
      mkdirSync(`${place.source}/many-${folder}`)
      for (let file = 0; file < 100; file++)
        writeFileSync(`${place.source}/many-${folder}/${file}`, `${folder} ${file} `.repeat(300))
    }
  }

  test('the first stops in good order, and the next run goes on', async () => {
    fillSource()
    const child = start(['backup', place.destination, place.source, '--json', '--workers=1'])
    await said(child, /"phase-start","phase":"store"/)
    child.stdout?.resume()
    child.kill('SIGINT')
    const [exitCode] = await once(child, 'close')
    expect(exitCode).toBe(50)
    expect((await place.backUp()).exitCode).toBe(0)
    const restored = await place.run(
      'restore',
      place.destination,
      `--restore-path=${place.restored}`,
      '--workers=0'
    )
    expect(restored.out).toContain('4,002 files')
  })

  test('the second breaks off, and leaves no temporary file', async () => {
    fillSource()
    const temporary = place.path('temporary')
    mkdirSync(temporary)
    const child = start(['backup', place.destination, place.source, '--json', `--tempdir=${temporary}`])
    await said(child, /"phase-start","phase":"store"/)
    child.stdout?.resume()
    child.kill('SIGTERM')
    child.kill('SIGTERM')
    const [exitCode] = await once(child, 'close')
    expect(exitCode).toBe(50)
    expect(existsSync(temporary) ? readdirSync(temporary) : []).toEqual([])
    expect((await place.backUp()).exitCode).toBe(0)
  })
})
