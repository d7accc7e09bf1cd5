/** Verification files (`<prefix>-verification.json`): what a reader must find in them, or why it must refuse them. */
import type { VectorRecord, VerificationVector } from '../src/format-vector.ts'
import { base64, hex, utf8 } from './bytes.ts'
import { MARK, sha256 } from './settings.ts'

const NAME = 'duplicati-verification.json'
const DBLOCK = 'duplicati-b0123456789abcdef0123456789abcdef.dblock.zip.aes'
const DINDEX = 'duplicati-ifedcba9876543210fedcba9876543210.dindex.zip.aes'
const DLIST = 'duplicati-20250702T080000Z.dlist.zip.aes'
const NONE = '1970-01-01T00:00:00Z'
const HASH = sha256(utf8('a volume'))

const TYPES = ['dblock', 'dlist', 'dindex'] as const
const STATES = ['temporary', 'uploading', 'uploaded', 'verified', 'deleting', 'deleted'] as const

/** A record as Duplicati writes it, with its properties in its order. */
function record(id: number, name: string, type: number, state: number, more: object = {}): object {
  const times = { DeleteGracePeriod: NONE, ArchiveTime: NONE, LockExpirationTime: NONE }
  return { ID: id, Name: name, Hash: base64(HASH), Size: 1498, Type: type, State: state, ...times, ...more }
}

const found = (
  name: string,
  type: number,
  state: number,
  more: Partial<VectorRecord> = {}
): VectorRecord => ({
  name,
  type: TYPES[type]!,
  state: STATES[state]!,
  size: 1498,
  sha256: hex(HASH),
  ...more
})

type Outcome = Pick<VerificationVector, 'records'> | Pick<VerificationVector, 'errors'>

function vector(id: string, summary: string, text: string, outcome: Outcome): VerificationVector {
  const file = { name: NAME, base64: base64(utf8(text)) }
  return {
    kind: 'verification',
    id: `verification-${id}`,
    summary,
    features: ['verification'],
    file,
    ...outcome
  }
}

const readable = (id: string, summary: string, text: string, records: VectorRecord[]) =>
  vector(id, summary, text, { records })

const refused = (id: string, summary: string, text: string) =>
  vector(id, summary, text, { errors: ['list-invalid'] })

export function* verificationFiles(): Generator<VerificationVector> {
  const whole = [record(1, DLIST, 1, 3), record(2, DBLOCK, 0, 2), record(3, DINDEX, 2, 2)]
  const read = [found(DLIST, 1, 3), found(DBLOCK, 0, 2), found(DINDEX, 2, 2)]
  yield readable('written', 'as Duplicati writes it', MARK + JSON.stringify(whole), read)
  yield readable(
    'no-mark',
    'without a byte-order mark, and with white space',
    JSON.stringify(whole, undefined, 2),
    read
  )
  yield readable('empty', 'of no volume', `${MARK}[]`, [])
  yield readable(
    'unknown',
    'a hash of null and a size of -1 stand for what is not known',
    MARK + JSON.stringify([record(1, DBLOCK, 0, 1, { Hash: null, Size: -1 })]),
    [found(DBLOCK, 0, 1, { size: undefined, sha256: undefined })]
  )
  yield readable(
    'states',
    'every state that is written; volumes that are deleted may be listed',
    MARK + JSON.stringify([1, 2, 3, 4, 5].map((state) => record(state, DBLOCK, 0, state))),
    [1, 2, 3, 4, 5].map((state) => found(DBLOCK, 0, state))
  )
  yield readable(
    'more-properties',
    'properties that are not known, among them names that mean something to a language, are passed over',
    `${MARK}[${JSON.stringify(record(1, DBLOCK, 0, 3)).slice(0, -1)},"__proto__":{"Name":"x"},"constructor":null,"Later":[1]}]`,
    [found(DBLOCK, 0, 3)]
  )
  yield refused('object', 'an object in place of the list', `${MARK}${JSON.stringify(whole[0])}`)
  yield refused('number', 'a number in place of a record', `${MARK}[7]`)
  yield refused('cut', 'cut off', `${MARK}${JSON.stringify(whole)}`.slice(0, -20))
  yield refused(
    'no-name',
    'a record without a name',
    MARK + JSON.stringify([record(1, DBLOCK, 0, 3, { Name: null })])
  )
  yield refused('type', 'a type that does not exist', MARK + JSON.stringify([record(1, DBLOCK, 3, 3)]))
  yield refused('state', 'a state that does not exist', MARK + JSON.stringify([record(1, DBLOCK, 0, 6)]))
  yield refused(
    'hash',
    'a hash that is not Base64',
    MARK + JSON.stringify([record(1, DBLOCK, 0, 3, { Hash: 'A!' })])
  )
}
