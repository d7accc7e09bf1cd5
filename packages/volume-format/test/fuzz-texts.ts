/** Damages texts that stand alone: manifests, metadata, verification files and names of volumes. */
import { isTercetError } from '@tercet/interface'
import { formatVectors, readFormatVector } from '@tercet/testkit-data'
import {
  classifyRemoteName,
  decodeManifest,
  decodeMetadata,
  decodeVerificationFile,
  parseVolumeName
} from '../src/index.ts'
import { utf8 } from './entries.ts'
import { damagedCopy, randomOf } from './fuzz-volumes.ts'
import { manifest } from './hostile-volumes.ts'

interface Parser {
  readonly good: readonly Uint8Array[]
  /** Reads a text, and throws for a result that no reader may give. */
  readonly read: (bytes: Uint8Array) => void
}

/** Pieces that mean something to a parser. */
const TOKENS = [
  ...[
    '"__proto__":{"x":1},',
    '"constructor":null,',
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '\\ud800',
    'null',
    '-1',
    '1e400'
  ],
  ...[
    '9007199254740993',
    '\u0000',
    '\ufeff',
    'true',
    ',',
    ':',
    '../',
    '.dblock.',
    '.aes',
    '.par2',
    '-b',
    '-i',
    '\n'
  ]
].map(utf8)

const METADATA = [
  '{"CoreAttributes":"Normal","CoreLastWritetime":"638871120000000000","unix:uid-gid-perm":"0-0-33188"}',
  '\ufeff{"CoreSymlinkTarget":"../a\\u00e4","unix-ext:user.x":"AAEC"}'
]

/** By name of what is parsed. */
export const TEXT_PARSERS: Readonly<Record<string, Parser>> = {
  manifest: { good: [manifest()], read: (bytes) => assertOwn(decodeManifest(bytes)) },
  metadata: {
    good: METADATA.map(utf8),
    read: (bytes) => {
      const record = decodeMetadata(bytes)
      if (!(record instanceof Map)) throw new TypeError('metadata that is no map')
    }
  },
  'verification file': {
    good: formatVectors()
      .vectors.filter(({ kind }) => kind === 'verification')
      .map(({ id }) => readFormatVector(id))
      .flatMap((vector) =>
        vector.kind === 'verification' ? [new Uint8Array(Buffer.from(vector.file.base64, 'base64'))] : []
      ),
    read: (bytes) => decodeVerificationFile(bytes).forEach(assertOwn)
  },
  name: {
    good: readNames().map(utf8),
    read: (bytes) => {
      const name = new TextDecoder().decode(bytes)
      const parsed = parseVolumeName(name)
      classifyRemoteName(name, { prefix: 'duplicati' })
      if (parsed !== undefined && !name.includes(`${parsed.prefix}-${parsed.id}.`))
        throw new TypeError(`${JSON.stringify(name)} is taken for ${parsed.id}`)
      if (parsed !== undefined && /[/\\]/.test(name))
        throw new TypeError(`the path ${JSON.stringify(name)} is taken for a volume`)
    }
  }
}

function readNames(): string[] {
  const vector = readFormatVector('names')
  return vector.kind === 'names' ? vector.names.map(({ name }) => name).filter((name) => name !== '') : []
}

/** No property comes from a text but as a property of its own, and none is inherited. */
function assertOwn(value: object): void {
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new TypeError('a prototype was taken over')
  if ('x' in value) throw new TypeError('a property is inherited')
}

/** A defect that a seed brings to light; undefined when the text is read, or refused with a code. */
export function fuzzText({ good, read }: Parser, seed: number): unknown {
  const random = randomOf(seed)
  let bytes = damagedCopy(good[random(good.length)]!, random)
  for (let times = random(4); times > 0; times--) {
    const at = random(bytes.length + 1)
    const token = TOKENS[random(TOKENS.length)]!
    bytes = new Uint8Array(Buffer.concat([bytes.subarray(0, at), token, bytes.subarray(at)]))
  }
  try {
    read(bytes)
    return undefined
  } catch (error) {
    return isTercetError(error) ? undefined : error
  }
}
