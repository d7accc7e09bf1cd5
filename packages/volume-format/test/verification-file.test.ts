import { hashBytes } from '@tercet/crypto'
import { expect, test } from 'vitest'
import {
  decodeVerificationFile,
  encodeVerificationFile,
  type VerificationRecord,
  verificationFileName
} from '../src/index.ts'
import { text, utf8 } from './entries.ts'

const hash = hashBytes('SHA256', utf8('volume'))
const records: readonly VerificationRecord[] = [
  {
    id: 1,
    name: 'duplicati-20250702T080000Z.dlist.zip',
    hash,
    sizeBytes: 1498,
    type: 'dlist',
    state: 'verified'
  },
  { id: 2, name: 'duplicati-b0.dblock.zip', type: 'dblock', state: 'deleted' },
  { id: 4, name: 'duplicati-i0.dindex.zip', hash, sizeBytes: 0, type: 'dindex', state: 'uploaded' }
]

test('is written as Duplicati writes it', () => {
  expect(verificationFileName('duplicati')).toBe('duplicati-verification.json')
  const temporary: VerificationRecord = { id: 3, name: 'x', type: 'dblock', state: 'temporary' }
  const file = encodeVerificationFile([...records.slice(0, 1), temporary])
  const epoch = '1970-01-01T00:00:00Z'
  expect(text(file)).toBe(
    `\ufeff[{"ID":1,"Name":"duplicati-20250702T080000Z.dlist.zip","Hash":"${Buffer.from(hash).toString('base64')}","Size":1498,"Type":1,"State":3,` +
      `"DeleteGracePeriod":"${epoch}","ArchiveTime":"${epoch}","LockExpirationTime":"${epoch}"}]`
  )
})

test('round-trips', () => {
  const withTimes = { ...records[0]!, lockExpirationTime: new Date('2030-01-01T00:00:00Z') }
  const decoded = decodeVerificationFile(encodeVerificationFile([...records, withTimes]))
  expect(decoded).toEqual([...records, withTimes])
})

test.each([
  '{}',
  '[5]',
  '[{"ID":1}]',
  '[{"ID":1,"Name":"x","Hash":"!","Size":1,"Type":0,"State":2}]',
  '[{"ID":1,"Name":"x","Hash":null,"Size":1,"Type":9,"State":2}]',
  ']'
])('rejects %s', (json) => {
  expect(() => decodeVerificationFile(utf8(json))).toThrow(
    expect.objectContaining({ code: 'VOLUME_VERIFICATION_INVALID' })
  )
})
