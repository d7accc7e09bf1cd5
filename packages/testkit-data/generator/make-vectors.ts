import type { FormatVector } from '../src/format-vector.ts'
import { brokenArchives } from './archives.ts'
import { hex, utf8 } from './bytes.ts'
import { contents } from './contents.ts'
import { damage } from './damage.ts'
import { kinds } from './kinds.ts'
import { names } from './names.ts'
import { sha256 } from './settings.ts'
import { verificationFiles } from './verification.ts'
import { volumes } from './volumes.ts'

/** Of the files; raised when a vector changes its meaning or is taken away. */
export const VECTORS_VERSION = 1

/** Where the groups begin to count. */
const SEEDS = { kinds: 1, contents: 100, damage: 200 }

/** The same vectors each time, on every machine. */
export function* makeVectors(): Generator<FormatVector> {
  yield* kinds(SEEDS.kinds)
  yield* contents(SEEDS.contents)
  yield* damage(SEEDS.damage)
  yield* volumes()
  yield* brokenArchives()
  yield names()
  yield* verificationFiles()
}

/** The files of the vectors: path and text. */
export function* vectorFiles(): Generator<readonly [path: string, text: string]> {
  const index: object[] = []
  for (const vector of makeVectors()) {
    const file = `${folderOf(vector)}/${vector.id}.json`
    const { id, kind, summary, features } = vector
    const text = `${JSON.stringify(vector, undefined, 1)}\n`
    const outcome = outcomeOf(vector)
    index.push({ id, kind, outcome, file, sha256: hex(sha256(utf8(text))), summary, features })
    yield [file, text]
  }
  const about = {
    $schema: './index.schema.json',
    version: VECTORS_VERSION,
    format: 'duplicati',
    vectors: index
  }
  yield ['index.json', `${JSON.stringify(about, undefined, 1)}\n`]
}

const FOLDERS = {
  destination: 'destinations',
  volume: 'volumes',
  names: 'names',
  verification: 'verification'
}
const folderOf = ({ kind }: FormatVector): string => FOLDERS[kind]

function outcomeOf(vector: FormatVector): 'read' | 'refused' | 'partly' {
  if (vector.kind === 'volume') return 'refused'
  if (vector.kind === 'names') return 'read'
  if (vector.errors !== undefined) return 'refused'
  if (vector.kind === 'verification') return 'read'
  const isPartly = vector.versions?.some(
    ({ entries, leftOut = [] }) => leftOut.length > 0 || entries.some(({ errors }) => errors !== undefined)
  )
  return isPartly === true ? 'partly' : 'read'
}
