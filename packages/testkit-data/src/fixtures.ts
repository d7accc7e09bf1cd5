import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createTemporaryFolder, type TemporaryFolder } from './temporary-folder.ts'
import { TestDataError } from './test-data-error.ts'
import { parseTree, type TreeEntry } from './tree-entry.ts'

const FOLDER = fileURLToPath(new URL('../fixtures/duplicati/', import.meta.url))

/** What a fixture says of itself. */
export interface FixtureInfo {
  readonly name: string
  readonly what: string
  /** Number of versions. */
  readonly versions: number
  /** Absent where the volumes are not encrypted. */
  readonly passphrase?: string | undefined
  /** In Duplicati's notation, such as `1KB`. */
  readonly blocksize: string
  /** Options of Duplicati it was written with. */
  readonly options: readonly string[]
  /** Absolute path of the folder that was backed up, which is the root of the descriptions. */
  readonly source: string
  readonly writtenBy: string
}

/** A destination that another program wrote. */
export interface Fixture {
  readonly name: string
  readonly info: FixtureInfo
  /** The volumes. Never to be changed: see {@link copyFixture}. */
  readonly destination: string
  /** The tree of a version, 0 being the newest. */
  expectedTree(version: number): TreeEntry[]
  /** The same as text. */
  expectedTreeText(version: number): string
}

/** A copy of a fixture's destination that may be changed; removed when it is disposed of. */
export interface FixtureCopy extends Fixture, AsyncDisposable {
  readonly folder: TemporaryFolder
}

/** The names of all fixtures. Empty in an installation from the registry, which has none. */
export function fixtureNames(): string[] {
  return existsSync(FOLDER) ? readdirSync(FOLDER).sort() : []
}

/** @throws TestDataError `DATA_NO_FIXTURE` */
export function openFixture(name: string): Fixture {
  if (!fixtureNames().includes(name)) {
    throw new TestDataError('DATA_NO_FIXTURE', `There is no fixture ${JSON.stringify(name)}: ${hint()}`, {
      context: { name }
    })
  }
  const text = (file: string) => readFileSync(`${FOLDER}${name}/${file}`, 'utf8')
  const expectedTreeText = (version: number) => text(`version-${version}.jsonl`)
  return {
    name,
    info: JSON.parse(text('fixture.json')) as FixtureInfo,
    destination: `${FOLDER}${name}/destination`,
    expectedTreeText,
    expectedTree: (version) => parseTree(expectedTreeText(version))
  }
}

/** @throws TestDataError `DATA_NO_FIXTURE` */
export async function copyFixture(name: string): Promise<FixtureCopy> {
  const fixture = openFixture(name)
  const folder = await createTemporaryFolder(`tercet-${name}-`)
  const destination = folder.join('destination')
  await cp(fixture.destination, destination, { recursive: true })
  return { ...fixture, destination, folder, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

function hint(): string {
  const names = fixtureNames()
  return names.length > 0
    ? `there are ${names.join(', ')}`
    : 'the published package has none; use the repository'
}
