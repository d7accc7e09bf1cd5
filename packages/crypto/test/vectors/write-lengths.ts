/** Writes `aes-crypt-lengths.json`: node packages/crypto/test/vectors/write-lengths.ts */
import { writeFileSync } from 'node:fs'
import { referenceEncrypt } from '../reference-aes-crypt.ts'

const PASSWORDS = ['apples', 'pässw0rd', '密码 𝄞🔑']
const vectors = [0, 1, 2, 3].flatMap((version) =>
  [0, 1, 15, 16, 17, 31, 32, 33].map((length, i) => {
    const password = PASSWORDS[i % PASSWORDS.length]!
    const plaintext = Uint8Array.from({ length }, (_, at) => (at * 7 + length) % 251)
    const file = referenceEncrypt(plaintext, { version: version as 0, password, iterations: 3 })
    return {
      version,
      length,
      password,
      plaintext: Buffer.from(plaintext).toString('hex'),
      file: Buffer.from(file).toString('hex')
    }
  })
)
writeFileSync(new URL('aes-crypt-lengths.json', import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`)
