import { readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createFileBackend } from '@tercet/backend-file'
import { openCatalog } from '@tercet/core'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { expect, it } from 'vitest'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { writePathDestination } from './support/hand-made-destination.ts'

const PAGE = new URL('../../../docs/concepts/paths.md', import.meta.url)

/** The rows of the table of the documentation: kind, path, and what becomes of it. */
const ROWS = readFileSync(PAGE, 'utf8')
  .split('\n')
  .map((line) => /^\| ([^|]+) \| `([^`]*)` \| `([^`]+)` \|$/.exec(line))
  .flatMap((match) => (match === null ? [] : [{ kind: match[1]!, path: match[2]!, outcome: match[3]! }]))

it('15.25 paths of every system come to be where the table of the documentation says', async () => {
  expect(ROWS.length).toBeGreaterThan(20)
  await using folder = await createTemporaryFolder()
  const destination = folder.join('destination')
  const to = folder.join('out')
  await mkdir(destination)
  writePathDestination(
    destination,
    ROWS.map(({ path }) => path)
  )
  await using backend = createFileBackend({ path: destination })
  const catalog = await openCatalog({ path: undefined })
  const context = { backend, catalog, workers: 0 }
  try {
    const recreated = await recreateCatalog(context)
    const plan = await planRestore(context, { to })
    const restored = await restore(context, plan)
    const issues = [...recreated.issues, ...restored.issues]
    const found = readdirSync(to, { recursive: true, withFileTypes: true })
      .map(
        (entry) => `${entry.parentPath.slice(to.length + 1)}/${entry.name}${entry.isDirectory() ? '/' : ''}`
      )
      .map((path) => path.replace(/^\//, ''))
    const isCode = (outcome: string) => /^[A-Z_]+$/.test(outcome)
    const told = ROWS.filter(({ outcome }) => isCode(outcome)).map(
      ({ path, outcome }) => `${outcome} ${path}`
    )
    expect(issues.map(({ code, path }) => `${code} ${path ?? ''}`).sort()).toEqual(told.sort())
    const places = ROWS.map(({ outcome }) => outcome).filter((outcome) => !isCode(outcome))
    expect(places.filter((place) => !found.includes(place))).toEqual([])
    // Nothing else came to be, but for the folders above.
    expect(found.filter((path) => !places.some((place) => place.startsWith(path)))).toEqual([])
  } finally {
    catalog.close()
  }
})
