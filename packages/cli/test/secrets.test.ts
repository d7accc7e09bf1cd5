import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { askSecret } from '../src/ask-secret.ts'
import { COMMANDS } from '../src/commands.ts'
import { credentialsOf } from '../src/credentials.ts'
import { hideSecrets } from '../src/hide-secrets.ts'
import { separateOwn } from '../src/own-values.ts'
import { resolvePassphrase } from '../src/passphrase.ts'
import { FakeIo } from './support/fake-io.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tercet-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const spec = COMMANDS[0]!
const ownOf = (...given: [string, string][]) =>
  separateOwn(
    spec,
    given.map(([option, text]) => ({ option, text }))
  ).own

/** The passphrase itself, as it is found when one is needed. */
async function passphraseOf(
  io: FakeIo,
  isNew: boolean,
  ...given: [string, string][]
): Promise<string | undefined> {
  const found = await resolvePassphrase(ownOf(...given), io)
  return (typeof found === 'function' ? await found({ isNew }) : found)?.reveal()
}

describe('the passphrase', () => {
  const io = (environment = {}, answers?: string[]) => new FakeIo({ environment, answers })

  test('is that of the option, the file, the variable or the prompt, in this order', async () => {
    const file = join(folder, 'pass')
    writeFileSync(file, 'from file\nnot this\n')
    const world = io({ PASSPHRASE: 'from variable' }, ['from prompt'])
    expect(await passphraseOf(world, false, ['passphrase', 'from option'])).toBe('from option')
    expect(await passphraseOf(world, false, ['passphrase-file', file])).toBe('from file')
    expect(await passphraseOf(world, false)).toBe('from variable')
    expect(world.questions).toEqual([])
    expect(await passphraseOf(io({ PASSPHRASE: '' }, ['from prompt']), false)).toBe('from prompt')
  })
  test('without a terminal there is none', async () => {
    expect(await passphraseOf(io(), true)).toBeUndefined()
  })
  test('a new one is asked for twice', async () => {
    const same = io({}, ['one', 'one'])
    expect(await passphraseOf(same, true)).toBe('one')
    expect(same.questions).toHaveLength(2)
    await expect(passphraseOf(io({}, ['one', 'two']), true)).rejects.toThrow('The two passphrases differ')
  })
  test('an empty one is refused', async () => {
    await expect(passphraseOf(io(), false, ['passphrase', ''])).rejects.toMatchObject({
      code: 'CONFIG_INVALID_VALUE'
    })
    await expect(passphraseOf(io({}, ['']), false)).rejects.toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
  })
  test('a file that cannot be read, and two sources', async () => {
    await expect(passphraseOf(io(), false, ['passphrase-file', join(folder, 'none')])).rejects.toThrow(
      'ENOENT'
    )
    await expect(
      passphraseOf(io(), false, ['passphrase', 'a'], ['passphrase-file', 'b'])
    ).rejects.toMatchObject({ code: 'CONFIG_CONFLICT' })
  })
})

describe('credentials of a store', () => {
  const shown = (environment: Record<string, string>, ...given: [string, string][]) => {
    const { username, password } = credentialsOf(ownOf(...given), { environment }) ?? {}
    return [username, typeof password === 'object' ? password.reveal() : password]
  }

  test('are those of the options, else of the variables, else none', () => {
    const variables = { AUTH_USERNAME: 'ada', AUTH_PASSWORD: 'byron' }
    expect(shown({})).toEqual([undefined, undefined])
    expect(credentialsOf(ownOf(), { environment: { AUTH_PASSWORD: '' } })).toBeUndefined()
    expect(shown(variables)).toEqual(['ada', 'byron'])
    expect(shown(variables, ['auth-username', 'bob'])).toEqual(['bob', 'byron'])
    expect(shown(variables, ['auth-password', 'other'])).toEqual(['ada', 'other'])
  })
  test('do not show the password', () => {
    expect(JSON.stringify(credentialsOf(ownOf(['auth-password', 'byron']), { environment: {} }))).toBe(
      '{"password":"[secret]"}'
    )
  })
})

describe('the prompt', () => {
  class FakeTerminal extends EventEmitter {
    readonly modes: boolean[] = []
    written = ''
    setRawMode(mode: boolean): this {
      this.modes.push(mode)
      return this
    }
    setEncoding = (): this => this
    resume = (): this => this
    pause = (): this => this
    write(text: string): boolean {
      this.written += text
      return true
    }
  }
  const ask = (...typed: string[]) => {
    const terminal = new FakeTerminal()
    const answer = askSecret('Passphrase: ', terminal as never, terminal)
    for (const text of typed) terminal.emit('data', text)
    return { terminal, answer }
  }

  test('shows nothing of what is typed', async () => {
    const { terminal, answer } = ask('hun', 'ter2\r')
    expect(await answer).toBe('hunter2')
    expect(terminal.written).toBe('Passphrase: \n')
    expect(terminal.modes).toEqual([true, false])
    expect(terminal.listenerCount('data')).toBe(0)
  })
  test('takes back whole characters', async () => {
    expect(await ask('aé🎉\u007f\u007fb\n').answer).toBe('ab')
  })
  test('is left by Ctrl-C', async () => {
    const { terminal, answer } = ask('x\u0003')
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' })
    expect(terminal.modes).toEqual([true, false])
  })
})

describe('the title of the process', () => {
  test.each([
    [['backup', 'd', '--passphrase=hunter2', '/s'], 'tercet backup d --passphrase=[secret] /s'],
    [['list', '--passphrase', 'hunter2'], 'tercet list --passphrase [secret]'],
    [['list', 'ftp://ada:hunter2@host/x'], 'tercet list ftp://[secret]@host/x'],
    [['list', 'ftp://ada:hunter2@h/x?auth-password=hunter2'], 'tercet list ftp://[secret]@h/x?[options]'],
    [['list', '--auth-password=hunter2', 's3://b'], 'tercet list --auth-password=[secret] s3://b'],
    [['list', '--aws-secret-access-key', 'hunter2'], 'tercet list --aws-secret-access-key [secret]'],
    [['list', '--ssh-key=hunter2'], 'tercet list --ssh-key=[secret]'],
    [['list', '--passphrase=a=hunter2'], 'tercet list --passphrase=[secret]'],
    [
      ['backup', 'd', '--remote-sync-json-config={"destinations":[{"url":"ftp://a:b@c"}]}'],
      'tercet backup d --remote-sync-json-config=[secret]'
    ]
  ])('%j', (argv, title) => expect(hideSecrets(argv)).toBe(title))
  test('stays when there is nothing to hide', () => {
    expect(hideSecrets(['backup', 'd', '--passphrase-file=/x', '--ssh-keyfile=/x', '/s'])).toBeUndefined()
  })
})
