import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { vectorFiles } from '../generator/make-vectors.ts'
import {
  compareReading,
  type DestinationVector,
  formatVectors,
  readFormatVector,
  VECTOR_ERRORS,
  type VectorReading,
  type VerificationVector
} from '../src/index.ts'
import { runVectors } from '../src/run-vectors.ts'

const FOLDER = fileURLToPath(new URL('../vectors/', import.meta.url))
const text = (path: string): string => readFileSync(FOLDER + path, 'utf8')
const json = (path: string) => JSON.parse(text(path))
const { vectors } = formatVectors()
const READER = fileURLToPath(new URL('./vector-reader.ts', import.meta.url))

describe('the files of the vectors', () => {
  test('are what the script makes, byte for byte, and nothing besides', () => {
    const made = new Map(vectorFiles())
    const stale = [...made].filter(([path, content]) => text(path) !== content).map(([path]) => path)
    expect(stale, 'run npm run vectors -w packages/testkit-data').toEqual([])
    const present = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /^\w+\/.*\.json$/.test(path)
    )
    expect(present.sort()).toEqual([...made.keys()].filter((path) => path.includes('/')).sort())
  })

  test('agree with their schemas and with the index', () => {
    const ajv = new Ajv({ strictTypes: false, strictRequired: false })
    const isIndex = ajv.compile(json('index.schema.json'))
    expect(isIndex(json('index.json')), ajv.errorsText(isIndex.errors)).toBe(true)
    const isVector = ajv.compile(json('vector.schema.json'))
    for (const { id, kind, file, sha256 } of vectors) {
      expect(createHash('sha256').update(text(file)).digest('hex')).toBe(sha256)
      expect(isVector(json(file)), `${id}: ${ajv.errorsText(isVector.errors)}`).toBe(true)
      expect(json(file)).toMatchObject({ id, kind })
    }
    expect(new Set(vectors.map(({ id }) => id)).size).toBe(vectors.length)
    const words = json('vector.schema.json').definitions.errors.items.enum
    expect(words).toEqual(Object.keys(VECTOR_ERRORS))
    // A word that no vector wants is one that nobody can get right.
    const used = vectors.map(({ file }) => text(file)).join()
    expect(words.filter((word: string) => !used.includes(`"${word}"`))).toEqual([])
  })

  test('stay small', () => {
    const bytes = vectors.reduce((sum, { file }) => sum + text(file).length, 0)
    expect(bytes).toBeLessThan(1_400_000)
  })

  test('the worked example of the format has the hashes that its description gives', () => {
    const { files } = readFormatVector('worked-example') as DestinationVector
    const hashes = files.map(({ base64 }) =>
      createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64')
    )
    expect(hashes).toEqual([
      'zCMBTZJ1PaNIepCsEerkfLi9EYAqp2YytrJh+HvJRsI=',
      'GZhTtDjHDpAeYJlBfTSHlIADGRKkwYynzox4EWS/AFQ=',
      '+KlKhnle0wmrCKSyA1FzBtYlLgIhpcNUO1cPky68DyU='
    ])
  })

  test('an id that does not exist is refused', () => {
    expect(() => readFormatVector('nothing')).toThrow(expect.objectContaining({ code: 'DATA_NO_VECTOR' }))
  })
})

describe('a reading', () => {
  const vector = readFormatVector('altered-block') as DestinationVector
  /** What a perfect reader says. */
  const perfect = (): VectorReading =>
    JSON.parse(
      JSON.stringify({
        versions: vector.versions!.map((version) => ({
          ...version,
          entries: version.entries.map(({ errors, ...entry }) => ({ ...entry, error: errors?.[0] }))
        }))
      })
    )
  type Mutable = { versions: { time: string; isFull: boolean; entries: Record<string, unknown>[] }[] }
  const changed = (change: (reading: Mutable) => void): string[] => {
    const reading = perfect()
    change(reading as unknown as Mutable)
    return compareReading(vector, reading)
  }

  test('that is right conforms', () => {
    expect(compareReading(vector, perfect())).toEqual([])
  })

  test.each<[string, (reading: Mutable) => void]>([
    ['an entry is missing', ({ versions }) => versions[0]!.entries.pop()],
    ['an entry is too much', ({ versions }) => versions[0]!.entries.push({ type: 'file', path: '/more' })],
    ['a path comes twice', ({ versions }) => versions[0]!.entries.push({ ...versions[0]!.entries[0] })],
    ['a hash differs', ({ versions }) => Object.assign(versions[0]!.entries.at(-1)!, { type: 'folder' })],
    ['the time differs', ({ versions }) => Object.assign(versions[0]!, { time: '20000101T000000Z' })],
    ['a version is partial', ({ versions }) => Object.assign(versions[0]!, { isFull: false })],
    ['there is no version', ({ versions }) => versions.pop()],
    ['there is another version', ({ versions }) => versions.push(versions[0]!)],
    ['metadata differ', ({ versions }) => Object.assign(versions[0]!.entries[0]!, { metadata: { a: 'b' } })],
    [
      'what is lost is given out',
      ({ versions }) => {
        const lost = versions[0]!.entries.find(({ error }) => error !== undefined)!
        Object.assign(lost, { error: undefined, sha256: '00' })
      }
    ]
  ])('in which %s does not', (_what, change) => {
    expect(changed(change)).not.toEqual([])
  })

  test('of a verification file conforms record by record', () => {
    const written = readFormatVector('verification-written') as VerificationVector
    const records = written.records!
    expect(compareReading(written, { records })).toEqual([])
    const [first, ...rest] = records
    expect(compareReading(written, { records: [{ ...first!, size: 1 }, ...rest] })).toHaveLength(1)
    expect(compareReading(written, { records: rest })).not.toEqual([])
    expect(compareReading(written, { error: 'list-invalid' })).toHaveLength(1)
  })

  test('that refuses what can be read, or reads what must be refused, does not', () => {
    expect(compareReading(vector, { error: 'corrupt' })).toHaveLength(1)
    const refused = readFormatVector('aes-second-mac')
    expect(compareReading(refused, { error: 'corrupt' })).toEqual([])
    expect(compareReading(refused, { error: 'no-key' })).toHaveLength(1)
    expect(compareReading(refused, {})).toHaveLength(1)
  })
})

describe('the runner', () => {
  const program = [process.execPath, READER]

  test('asks a program about each vector and tells what is wrong', async () => {
    const lines: string[] = []
    expect(await runVectors(['--only=names', ...program], (line) => lines.push(line))).toBe(false)
    expect(lines.at(-1)).toMatch(/^\d+ vectors, \d+ failed$/)
    expect(lines).toContain('ok      names')
    expect(lines.join('\n')).toContain(
      'failed  odd-names\n        is refused as no-backup, though it can be read'
    )
  })

  test('is content with a program that is right', async () => {
    const lines: string[] = []
    expect(await runVectors(['--only=no-versions', ...program], (line) => lines.push(line))).toBe(true)
    expect(lines).toEqual(['ok      no-versions', '1 vectors, 0 failed'])
  })

  test('tells of a program that ends with a failure or cannot be run', async () => {
    const failures: string[] = []
    const write = (line: string) => failures.push(line)
    expect(await runVectors(['--only=empty', process.execPath, '-e', 'process.exit(3)'], write)).toBe(false)
    expect(await runVectors(['--only=empty', '/nothing/here'], write)).toBe(false)
    expect(await runVectors([], write)).toBe(false)
    expect(await runVectors(['--onyl=empty', 'true'], write)).toBe(false)
    expect(await runVectors(['--help'], write)).toBe(true)
    expect(await runVectors(['--version'], write)).toBe(true)
    expect(failures.join(' ')).toMatch(/ended with 3.*ENOENT.*Usage/s)
  })
})
