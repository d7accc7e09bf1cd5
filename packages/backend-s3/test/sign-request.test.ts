import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { RequestSigner } from '../src/sign-request.ts'

const KEYS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
}
const NOW = new Date('2013-05-24T00:00:00Z')
const host = 'examplebucket.s3.amazonaws.com'
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const signatureOf = ({ authorization = '' }: Record<string, string>): string | undefined =>
  /Signature=([0-9a-f]{64})$/.exec(authorization)?.[1]

test('requests are signed as in the examples of the documentation', () => {
  const signer = new RequestSigner('us-east-1')
  const get = signer.sign(
    { method: 'GET', host, path: '/test.txt', headers: { range: 'bytes=0-9' }, contentSha256: sha256('') },
    KEYS,
    NOW
  )
  expect(signatureOf(get)).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41')
  const put = signer.sign(
    {
      method: 'PUT',
      host,
      path: '/test%24file.text',
      headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      contentSha256: sha256('Welcome to Amazon S3.')
    },
    KEYS,
    NOW
  )
  expect(signatureOf(put)).toBe('98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd')
})

test('the key of a signature is that of the day and of who signs; content and token are optional', () => {
  const signer = new RequestSigner('us-east-1')
  const request = { method: 'GET', host, path: '/a', headers: {} }
  const first = signer.sign(request, KEYS, NOW)
  expect(first['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD')
  expect(signer.sign(request, KEYS, new Date('2013-05-25T00:00:00Z'))).not.toEqual(first)
  expect(signatureOf(signer.sign(request, { ...KEYS, secretAccessKey: 'other' }, NOW))).not.toBe(
    signatureOf(first)
  )
  const temporary = signer.sign(request, { ...KEYS, sessionToken: 'token' }, NOW)
  expect(temporary['x-amz-security-token']).toBe('token')
  expect(temporary['authorization']).toContain('x-amz-date;x-amz-security-token,')
  expect(signer.sign(request, KEYS, NOW)).toEqual(first)
})
