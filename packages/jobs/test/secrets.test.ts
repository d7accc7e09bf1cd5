import { writeFileSync } from 'node:fs'
import { Secret } from '@tercet/interface'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { describe, expect, test } from 'vitest'
import {
  commandSecrets,
  environmentSecrets,
  fileSecrets,
  fillPlaceholders,
  openSecretProvider,
  placeholdersIn
} from '../src/index.ts'

const reveal = (found: ReadonlyMap<string, Secret>) =>
  Object.fromEntries([...found].map(([name, one]) => [name, one.reveal()]))

describe('placeholders', () => {
  test.each([
    ['$name', ['name']],
    ['\u0024{name}', ['name']],
    ['s3://\u0024{user}:\u0024{key-1}@acme', ['user', 'key-1']],
    ['costs $5', []],
    ['a$name', []],
    ['plain', []],
    ['', []]
  ])('in %s are %j', (text, names) => expect(placeholdersIn(text)).toEqual(names))

  test('are filled all at once, escaped in URLs', async () => {
    const provider = environmentSecrets({ a: 'x&y/z', b: 'two words' })
    const filled = await fillPlaceholders(
      ['$a', 's3://acme?key=\u0024{a}', '--\u0024{b}--', 'nothing'],
      provider
    )
    expect(filled).toEqual(['x&y/z', 's3://acme?key=x%26y%2Fz', '--two words--', 'nothing'])
    expect(await fillPlaceholders(['@a', '$a'], provider, { pattern: '@' })).toEqual(['x&y/z', '$a'])
  })

  test('that nobody knows are an error which names them alone', async () => {
    const filling = fillPlaceholders(['$a', '\u0024{b}'], environmentSecrets({ a: 'hunter2' }))
    await expect(filling).rejects.toMatchObject({ code: 'SECRET_MISSING', context: { names: 'b' } })
    await expect(filling).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') })
  })

  test('a secret is not looked through for further placeholders', async () => {
    expect(await fillPlaceholders(['\u0024{a}'], environmentSecrets({ a: '\u0024{b}', b: 'no' }))).toEqual([
      '\u0024{b}'
    ])
  })
})

describe('providers', () => {
  test('the environment has variables, and nothing of its prototype', async () => {
    const provider = openSecretProvider('env:', { environment: { A: '1', EMPTY: '' } })
    expect(reveal(await provider.resolve(['A', 'B', 'EMPTY', 'toString']))).toEqual({ A: '1' })
  })

  test('a file has what is in it', async () => {
    await using folder = await createTemporaryFolder('tercet-secrets-')
    const path = folder.join('with space.json')
    writeFileSync(path, '\ufeff{ "pass": "hunter2", "__proto__": "x" }')
    for (const provider of [fileSecrets(path), openSecretProvider(`file-secret://${encodeURI(path)}`)])
      expect(reveal(await provider.resolve(['pass', 'other', 'toString']))).toEqual({ pass: 'hunter2' })
  })

  test.each(['', 'hunter2', '["hunter2"]', '{"a":"hunter2","b":1}', 'null'])(
    'a file with %j is refused, and not shown',
    async (text) => {
      await using folder = await createTemporaryFolder('tercet-secrets-')
      writeFileSync(folder.join('s'), text)
      const reading = fileSecrets(folder.join('s')).resolve(['a'])
      await expect(reading).rejects.toMatchObject({
        code: 'SECRET_PROVIDER_FAILED',
        message: expect.not.stringContaining('hunter2')
      })
    }
  )

  test('a file that is missing is told', async () => {
    await expect(fileSecrets('/nowhere/s').resolve(['a'])).rejects.toMatchObject({
      code: 'SECRET_PROVIDER_FAILED',
      message: expect.stringContaining('ENOENT')
    })
  })

  test('a program prints the secret; its last argument is the name', async () => {
    const script = 'process.stdout.write(`secret of \u0024{process.argv[1]}\\nsecond line`)'
    const provider = commandSecrets([process.execPath, '-e', script])
    expect(reveal(await provider.resolve(['a', 'b']))).toEqual({ a: 'secret of a', b: 'secret of b' })
    const quoted = openSecretProvider(
      `command:"${process.execPath}" -e "process.stdout.write(process.argv[1])"`
    )
    expect(reveal(await quoted.resolve(['name']))).toEqual({ name: 'name' })
  })

  test('a program that fails or is not there is told, without what it printed', async () => {
    const failing = commandSecrets([process.execPath, '-e', 'console.log("hunter2"); process.exit(3)'])
    await expect(failing.resolve(['a'])).rejects.toMatchObject({
      code: 'SECRET_PROVIDER_FAILED',
      message: expect.not.stringContaining('hunter2')
    })
    await expect(commandSecrets(['/nowhere/program']).resolve(['a'])).rejects.toMatchObject({
      code: 'SECRET_PROVIDER_FAILED',
      message: expect.stringContaining('ENOENT')
    })
  })

  test("one of one's own is used by its scheme", async () => {
    const schemes = [
      {
        scheme: 'vault',
        open: (location: string) => ({
          resolve: async (names: readonly string[]) =>
            new Map(names.map((name) => [name, new Secret(`${location}/${name}`)]))
        })
      }
    ]
    const provider = openSecretProvider('vault:team', { schemes })
    expect(reveal(await provider.resolve(['a']))).toEqual({ a: 'team/a' })
    expect(() => openSecretProvider('vaul:team', { schemes })).toThrow(
      expect.objectContaining({
        code: 'SECRET_PROVIDER_UNKNOWN',
        message: expect.stringContaining('did you mean "vault:"')
      })
    )
    expect(() => openSecretProvider('')).toThrow(expect.objectContaining({ code: 'SECRET_PROVIDER_UNKNOWN' }))
    expect(() => openSecretProvider('file-secret:')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID_VALUE' })
    )
  })
})
