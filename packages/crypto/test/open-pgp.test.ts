import { execFileSync } from 'node:child_process'
import { createCipheriv, createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { type ByteChunks, createGpgProgram } from '../src/index.node.ts'
import { decryptOpenPgp, encryptOpenPgp } from '../src/open-pgp.ts'

const home = mkdtempSync(join(tmpdir(), 'tercet-gnupg-'))
afterAll(() => {
  execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  rmSync(home, { recursive: true })
})

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

/** Runs gpg itself, passphrase by standard input. */
function gpg(args: string[], input: Uint8Array, passphrase: string): Buffer {
  const all = [
    '--homedir',
    home,
    '--batch',
    '--quiet',
    '--pinentry-mode',
    'loopback',
    '--passphrase-fd',
    '0',
    ...args
  ]
  return execFileSync('gpg', all, {
    input: Buffer.concat([Buffer.from(`${passphrase}\n`), input]),
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26
  })
}

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251))
const PASSPHRASES = ['secret', 'pässw0rd 🔑', ' spaces and "quotes" ']
const encrypt = (bytes: Uint8Array, passphrase = 'secret', armor = false) =>
  collect(encryptOpenPgp([bytes], { passphrase, armor }))
const decrypt = (bytes: ByteChunks, passphrase = 'secret') => collect(decryptOpenPgp(bytes, { passphrase }))

describe('messages under a passphrase', () => {
  it.each(PASSPHRASES)('15.38 are read by gpg, and those of gpg are read: %j', async (passphrase) => {
    expect(gpg(['--decrypt'], await encrypt(content, passphrase), passphrase).equals(content)).toBe(true)
    const theirs = gpg(['--symmetric'], content, passphrase)
    expect((await decrypt([theirs], passphrase)).equals(content)).toBe(true)
  })

  it.each([
    ['armour', ['--armor']],
    ['another cipher', ['--cipher-algo', 'AES128']],
    ['keys of a length that few have', ['--cipher-algo', 'AES192']],
    ['a cipher whose keys are not looked at first', ['--cipher-algo', 'TWOFISH']],
    ['deflated content', ['--compress-algo', 'zlib']],
    ['no compression', ['--compress-algo', 'none']],
    ['another hash of the passphrase', ['--s2k-digest-algo', 'SHA512']]
  ])('of gpg with %s are read', async (_, switches) => {
    const theirs = gpg([...switches, '--symmetric'], content, 'secret')
    expect((await decrypt([theirs])).equals(content)).toBe(true)
  })

  it.each([0, 1, 15, 16, 17, 511, 512, 513, 65_535, 65_536, 65_537])(
    'round-trip with %d bytes',
    async (length) => {
      const bytes = content.subarray(0, length)
      const message = await encrypt(bytes)
      expect((await decrypt([message])).equals(bytes)).toBe(true)
      const inPieces = Array.from({ length: Math.ceil(message.length / 7) }, (_, i) =>
        message.subarray(i * 7, i * 7 + 7)
      )
      if (length < 1000) expect((await decrypt(inPieces)).equals(bytes)).toBe(true)
    }
  )

  it('may be text', async () => {
    const message = await encrypt(content, 'secret', true)
    expect(message.toString('latin1')).toMatch(/^-----BEGIN PGP MESSAGE-----/)
    expect((await decrypt([message])).equals(content)).toBe(true)
    expect(gpg(['--decrypt'], message, 'secret').equals(content)).toBe(true)
  })

  it('fail with a code that says why', async () => {
    const message = await encrypt(content)
    const theirs = gpg(['--symmetric', '--compress-algo', 'none'], content, 'secret')
    const altered = (bytes: Buffer, at: number) => {
      const copy = Buffer.from(bytes)
      copy[at]! ^= 1
      return copy
    }
    for (const bytes of [message, theirs]) {
      await expect(decrypt([bytes], 'other')).rejects.toMatchObject({ code: 'CRYPTO_WRONG_PASSPHRASE' })
      await expect(decrypt([altered(bytes, 200_000)])).rejects.toMatchObject({ code: 'CRYPTO_CORRUPT' })
      await expect(decrypt([altered(bytes, bytes.length - 5)])).rejects.toMatchObject({
        code: 'CRYPTO_CORRUPT'
      })
      await expect(decrypt([bytes.subarray(0, 250_000)])).rejects.toMatchObject({ code: 'CRYPTO_TRUNCATED' })
      expect((await decrypt([bytes])).equals(content)).toBe(true)
    }
    await expect(decrypt([])).rejects.toMatchObject({ code: 'CRYPTO_TRUNCATED' })
    await expect(decrypt([Buffer.from('no message at all, only text')])).rejects.toMatchObject({
      code: 'CRYPTO_NOT_OPENPGP'
    })
    await expect(encrypt(content, '')).rejects.toMatchObject({ code: 'CRYPTO_NO_PASSPHRASE' })
  })

  it('take no more input than is asked for, but for a few pieces of a mebibyte', async () => {
    let taken = 0
    async function* source() {
      for (;;) {
        taken += 65_536
        yield new Uint8Array(65_536)
      }
    }
    let given = 0
    for await (const { length } of encryptOpenPgp(source(), { passphrase: 'secret' })) {
      given += length
      expect(taken - given).toBeLessThan(4 * 1024 * 1024)
      if (given > 20_000_000) break
    }
    expect(taken).toBeGreaterThan(20_000_000)
  })

  it.each([
    ['a cipher that only the program knows', ['--cipher-algo', 'CAMELLIA256'], 'CRYPTO_UNSUPPORTED_CIPHER'],
    ['no integrity code', ['--rfc2440', '--disable-mdc'], 'CRYPTO_UNAUTHENTICATED']
  ])('with %s are not taken for a wrong passphrase', async (_, switches, code) => {
    const theirs = gpg([...switches, '--symmetric'], content, 'secret')
    await expect(decrypt([theirs])).rejects.toMatchObject({ code })
  })

  it('that ask for costly derivations are refused before they are derived', async () => {
    const message = await encrypt(content)
    // The packet with the key, over and over.
    const session = message.subarray(0, 2 + message[1]!)
    const many = Buffer.concat([...Array.from({ length: 20 }, () => session), message])
    await expect(decrypt([many])).rejects.toMatchObject({ code: 'CRYPTO_TOO_LARGE' })
  })
})

/** Of gpg: the key is made of the passphrase itself, so that each gives one. What comes out under a wrong one is noise. */
const UNDER_THE_PASSPHRASE =
  'jA0ECQMC4Rd2G/Xolwv/0jgBKvTHZegRkeFkm3dRWvO4CK0ZEBrgslLm0OAVk0VW08uLGHOrQRLiyLYMbOa7INGZIqii/ubpGQ=='

it('noise that looks like the head of a packet is no message that is cut off', async () => {
  const message = Buffer.from(UNDER_THE_PASSPHRASE, 'base64')
  expect((await decrypt([message])).toString()).toBe('content')
  // Under these the library waits for the rest of a packet.
  for (const passphrase of [32, 76, 115, 156, 186].map((n) => `wrong ${n}`))
    await expect(decrypt([message], passphrase)).rejects.toMatchObject({ code: 'CRYPTO_WRONG_PASSPHRASE' })
})

/** `content`, which should be packets, in a message under "secret" whose key is the plain SHA-256 of that. */
function messageOf(content: Uint8Array): Buffer {
  const key = createHash('sha256').update('secret').digest()
  const hashed = Buffer.concat([Buffer.alloc(18, 7), content, Buffer.of(0xd3, 0x14)])
  const plain = Buffer.concat([hashed, createHash('sha1').update(hashed).digest()])
  const encrypted = createCipheriv('aes-256-cfb', key, Buffer.alloc(16)).update(plain)
  const packet = (tag: number, ...body: number[]) => Buffer.of(0xc0 | tag, body.length, ...body)
  return Buffer.concat([packet(3, 4, 9, 0, 8), packet(18, 1, ...encrypted)])
}

/** Encrypted content with an encrypted packet of no given length in it: for its end the library waits for ever. */
const ENDLESS = messageOf(Buffer.of(0xa7, 0x5e, 0xe3, 0x2c, 0xee))

it('a message that leaves the library waiting ends with a code', async () => {
  const literal = Buffer.of(0xcb, 9, 0x62, 0, 0, 0, 0, 0, 0x41, 0x42, 0x43)
  expect((await decrypt([messageOf(literal)])).toString()).toBe('ABC')
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const decrypted = decryptOpenPgp([ENDLESS], { passphrase: 'secret' })
    let code: string | undefined
    const reading = collect(decrypted).catch((error) => {
      code = error.code
    })
    while (code === undefined) {
      vi.advanceTimersByTime(100)
      await new Promise(setImmediate)
    }
    await reading
    expect(code).toBe('CRYPTO_TRUNCATED')
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

it('as long as what came is in use, nothing is waited for', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const content = Buffer.alloc(3_000_000, 'content ')
    const message = await collect(encryptOpenPgp([content], { passphrase: 'abc' }))
    const got: Uint8Array[] = []
    for await (const chunk of decryptOpenPgp([message], { passphrase: 'abc' })) {
      got.push(chunk)
      vi.advanceTimersByTime(3_600_000)
    }
    expect(Buffer.concat(got).equals(content)).toBe(true)
    expect(got.length).toBeGreaterThan(1)
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

describe('the gpg program', () => {
  const program = createGpgProgram({ passphrase: 'secret', homeFolder: home })

  it('reads and writes what the library does', async () => {
    expect((await collect(program.decrypt([await encrypt(content)]))).equals(content)).toBe(true)
    const theirs = await collect(program.encrypt([content]))
    expect((await decrypt([theirs])).equals(content)).toBe(true)
    await expect(collect(program.decrypt([await encrypt(content, 'other')]))).rejects.toMatchObject({
      code: 'CRYPTO_WRONG_PASSPHRASE'
    })
    await expect(collect(program.decrypt([Buffer.from('nothing')]))).rejects.toMatchObject({
      code: 'CRYPTO_NOT_OPENPGP'
    })
  })

  it('encrypts for a key that only its owner can use', async () => {
    const owner = mkdtempSync(join(tmpdir(), 'tercet-gnupg-'))
    const at = (...args: string[]) => ['--homedir', owner, '--batch', '--quiet', ...args]
    try {
      const unprotected = ['--passphrase', '', '--pinentry-mode', 'loopback']
      execFileSync(
        'gpg',
        at(...unprotected, '--quick-generate-key', 'Ada <ada@example.org>', 'future-default'),
        {
          stdio: 'pipe'
        }
      )
      const publicKey = execFileSync('gpg', at('--export', 'ada@example.org'))
      execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', '--import'], {
        input: publicKey,
        stdio: 'pipe'
      })
      const writer = createGpgProgram({ recipients: ['ada@example.org'], homeFolder: home })
      const message = await collect(writer.encrypt([content]))
      expect(
        (await collect(createGpgProgram({ homeFolder: owner }).decrypt([message]))).equals(content)
      ).toBe(true)
      await expect(collect(writer.decrypt([message]))).rejects.toMatchObject({ code: 'CRYPTO_NO_KEY' })
      await expect(decrypt([message])).rejects.toMatchObject({ code: 'CRYPTO_NO_KEY' })
      const unknown = createGpgProgram({ recipients: ['nobody@example.org'], homeFolder: home })
      await expect(collect(unknown.encrypt([content]))).rejects.toMatchObject({
        code: 'CRYPTO_PROGRAM_FAILED'
      })
    } finally {
      execFileSync('gpgconf', ['--homedir', owner, '--kill', 'all'])
      rmSync(owner, { recursive: true })
    }
  })

  it('takes switches, and says when it cannot be run', async () => {
    const armoured = createGpgProgram({
      passphrase: 'secret',
      homeFolder: home,
      encryptionSwitches: ['--armor', '--cipher-algo', 'AES192']
    })
    const message = await collect(armoured.encrypt([content]))
    expect(message.toString('latin1')).toMatch(/^-----BEGIN PGP MESSAGE-----/)
    expect((await decrypt([message])).equals(content)).toBe(true)
    const missing = createGpgProgram({ program: '/nowhere/gpg' })
    await expect(collect(missing.encrypt([content]))).rejects.toMatchObject({ code: 'CRYPTO_PROGRAM_FAILED' })
  })
})
