import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../src/exit-code.ts'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

describe('tercet passphrase', () => {
  test('prints one alone where it is written to a file, and what it is worth on a terminal', async () => {
    const { out, error, exitCode } = await place.run('passphrase')
    expect(exitCode).toBe(0)
    expect(out).toMatch(/^[a-z]+(?:-[a-z]+){7}\n$/)
    expect(error).toBe('')
    const shown = await place.runWith({ isTerminal: true }, 'passphrase', '--bits=45')
    expect(shown.out).toMatch(/^[a-z]+(?:-[a-z]+){4}\n$/)
    expect(shown.error).toContain('5 words, 55 bits')
    expect(JSON.parse((await place.run('passphrase', '--json')).out)).toMatchObject({ words: 8, bits: 88 })
  })

  test('measures the one that is given, and never prints it', async () => {
    const weak = await place.run('passphrase', '--measure')
    expect(weak.exitCode).toBe(EXIT.warnings)
    expect(weak.out).toMatch(/^Strength {2}about \d+ bits: it is .*\nWeak {6}/)
    expect(weak.out + weak.error).not.toContain('hunter2')
    const environment = { PASSPHRASE: 'mellow-orbit-cactus-thumb-vivid-ladder-sponsor-echo' }
    expect((await place.runWith({ environment }, 'passphrase', '--measure')).exitCode).toBe(0)
    const none = await place.runWith({ environment: { PASSPHRASE: '' } }, 'passphrase', '--measure')
    expect(none.error).toContain('Give the passphrase in PASSPHRASE')
  })

  test.each(['43', '1e2', 'many', '-8'])('refuses %s bits', async (bits) => {
    const { exitCode, error } = await place.run('passphrase', `--bits=${bits}`)
    expect(exitCode).toBe(EXIT.usage)
    expect(error).toContain('44 to 440')
  })
})

describe('a weak passphrase of a new destination', () => {
  const backUp = (more: Parameters<Workplace['runWith']>[0], ...options: string[]) =>
    place.runWith({ isTerminal: true, ...more }, 'backup', place.destination, place.source, ...options)

  test('is told to a person, once', async () => {
    const first = await backUp({})
    expect(first.exitCode).toBe(0)
    expect(first.error).toContain('the passphrase of this new destination is weak (it is')
    expect(first.error).not.toContain('hunter2')
    expect((await backUp({})).error).not.toContain('weak')
  })

  test('is told after it was asked for', async () => {
    const { error, exitCode } = await backUp({ environment: { PASSPHRASE: '' }, answers: ['12345', '12345'] })
    expect(exitCode).toBe(0)
    expect(error).toContain('weak (it is a common password')
  })

  test('is no matter for a destination that is not encrypted, nor a good one, nor one for a script', async () => {
    expect((await backUp({}, '--no-encryption')).error).not.toContain('weak')
    place.write('c.txt', 'new')
    const good = { PASSPHRASE: 'mellow-orbit-cactus-thumb-vivid-ladder-sponsor-echo' }
    for (const options of [{ environment: good }, { isTerminal: false }]) {
      using other = new Workplace()
      const { error, exitCode } = await other.runWith(
        { isTerminal: true, ...options },
        'backup',
        other.destination,
        other.source
      )
      expect([exitCode, error.includes('weak')]).toEqual([0, false])
    }
  })
})
