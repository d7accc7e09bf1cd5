import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { FLAG_STALE } from '../../src/catalog/entry-batch.ts'
import { keysOf } from '../../src/catalog/entry-changes.ts'
import { openCatalog } from '../../src/catalog/open-catalog.ts'
import { batchOf, contentOf, hash } from './helpers.ts'

const PATHS = [
  '/',
  '/a',
  '/a/',
  '/a/x',
  '/a/b/',
  '/a/b/x',
  '/a/b/y',
  '/a-b/x',
  '/a/b/c/d/z',
  '/c/',
  '/c/x',
  '/c/ä',
  '/c/z'
]
const FOLDERS = ['/a/', '/a/b/', '/c/', '/a-b/', '/']

interface ModelEntry {
  readonly content: number
  readonly stale: boolean
}

interface ModelVersion {
  readonly seq: number
  readonly time: number
  readonly entries: ReadonlyMap<string, ModelEntry>
}

/** Versions as whole copies, in order: what the catalog's intervals must amount to. */
type Model = ModelVersion[]

const path = fc.constantFrom(...PATHS)
const content = fc.integer({ min: 1, max: 3 })
const entries = fc.uniqueArray(fc.tuple(path, content), {
  selector: ([name]) => name,
  maxLength: PATHS.length
})
const change = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), entries }),
  fc.record({ kind: fc.constant('close' as const), paths: fc.uniqueArray(path, { maxLength: 4 }) }),
  fc.record({
    kind: fc.constant('closeTrees' as const),
    paths: fc.uniqueArray(fc.constantFrom(...FOLDERS), { maxLength: 2 })
  }),
  fc.record({ kind: fc.constant('stale' as const), paths: fc.uniqueArray(path, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant('revert' as const), paths: fc.uniqueArray(path, { maxLength: 4 }) })
)
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('backup' as const),
      changes: fc.array(change, { maxLength: 5 }),
      keep: fc.boolean()
    })
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('import' as const), time: fc.nat(60), entries }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('rewrite' as const),
      which: fc.nat(20),
      remove: fc.uniqueArray(path, { maxLength: 4 }),
      replace: fc.uniqueArray(path, { maxLength: 3 })
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('remove' as const),
      which: fc.uniqueArray(fc.nat(20), { minLength: 1, maxLength: 6 }),
      onlyMarked: fc.boolean()
    })
  }
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

it('has the entries of every version, whatever was stored, read in and removed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 12 }), async (commands) => {
      using catalog = await openCatalog({ path: undefined })
      const model: Model = []
      for (const each of commands) {
        run(catalog, model, each)
        compareAll(catalog, model)
      }
    }),
    { seed: 7, numRuns: 150 }
  )
})

function run(catalog: Catalog, model: Model, command: Command): void {
  if (command.kind === 'backup') backup(catalog, model, command.changes, command.keep)
  else if (command.kind === 'import') readIn(catalog, model, command.time, command.entries)
  else if (command.kind === 'rewrite') rewrite(catalog, model, command)
  else {
    const seqs = new Set(
      command.which.map((n) => model[n % Math.max(1, model.length)]?.seq).filter((seq) => seq !== undefined)
    )
    if (command.onlyMarked) catalog.filesets.markDeleting([...seqs])
    else catalog.filesets.remove(...seqs)
    for (const seq of seqs)
      model.splice(
        model.findIndex((version) => version.seq === seq),
        1
      )
  }
}

/** The content that an entry seems to have when its metadata was replaced: metadata tells contents apart here. */
const REPLACEMENT = 9

function rewrite(
  catalog: Catalog,
  model: Model,
  { which, remove, replace }: Extract<Command, { kind: 'rewrite' }>
): void {
  const at = which % Math.max(1, model.length)
  const version = model[at]
  if (version === undefined) return
  const { seq, time } = version
  catalog.filesets.rewrite(
    seq,
    { time, volumeId: 2 },
    {
      remove: [keysOf(remove)],
      replace: { entries: [keysOf(replace)], hash: hash(REPLACEMENT), size: REPLACEMENT + 50 }
    }
  )
  const entries = new Map(version.entries)
  for (const name of replace) {
    const old = entries.get(name)
    if (old !== undefined) entries.set(name, { ...old, content: REPLACEMENT })
  }
  for (const name of remove) entries.delete(name)
  model[at] = { seq, time, entries }
}

function backup(catalog: Catalog, model: Model, changes: readonly Change[], keep: boolean): void {
  const time = catalog.filesets.freeTime(30)
  const base = model.at(-1)?.entries ?? new Map<string, ModelEntry>()
  const seq = catalog.filesets.begin({ time })
  const now = new Map(base)
  for (const each of changes) {
    if (each.kind === 'put') {
      catalog.changes.put(seq, batchOf(each.entries))
      for (const [name, content] of each.entries) now.set(name, { content, stale: false })
    } else if (each.kind === 'close') {
      catalog.changes.close(seq, keysOf(each.paths))
      for (const name of each.paths) now.delete(name)
    } else if (each.kind === 'closeTrees') {
      catalog.changes.closeTrees(seq, each.paths)
      for (const name of [...now.keys()])
        if (each.paths.some((folder) => name.startsWith(folder))) now.delete(name)
    } else if (each.kind === 'stale') {
      catalog.changes.markStale(seq, keysOf(each.paths))
      for (const name of each.paths) {
        const old = base.get(name)
        if (old !== undefined && now.get(name) === old) now.set(name, { ...old, stale: true })
      }
    } else {
      catalog.changes.revert(seq, keysOf(each.paths))
      for (const name of each.paths) {
        const old = base.get(name)
        if (old === undefined) now.delete(name)
        else now.set(name, old)
      }
    }
  }
  if (keep) {
    catalog.filesets.complete(seq, { volumeId: 1, isFull: true })
    model.push({ seq, time, entries: now })
  } else {
    catalog.filesets.remove(seq)
  }
}

function readIn(
  catalog: Catalog,
  model: Model,
  time: number,
  entries: readonly (readonly [string, number])[]
): void {
  using stage = catalog.stageFileset()
  stage.add(batchOf(entries.slice(0, 3)))
  stage.add(batchOf(entries.slice(3)))
  const labels = [...model, ...catalog.filesets.deleting()]
  if (labels.some((version) => version.time === time)) {
    expect(() => stage.commit({ time, volumeId: 1, isFull: true })).toThrow(
      expect.objectContaining({ code: 'CATALOG_CONFLICT' })
    )
    return
  }
  const seq = stage.commit({ time, volumeId: 1, isFull: true })
  const at = model.findIndex((version) => version.time > time)
  const imported = new Map(entries.map(([name, content]) => [name, { content, stale: false }] as const))
  model.splice(at < 0 ? model.length : at, 0, { seq, time, entries: imported })
}

function compareAll(catalog: Catalog, model: Model): void {
  expect(catalog.findProblems()).toEqual([])
  expect(
    catalog.filesets
      .versions()
      .toReversed()
      .map(({ seq, time }) => ({ seq, time }))
  ).toEqual(model.map(({ seq, time }) => ({ seq, time })))
  for (const version of model) {
    const found = Array.from(catalog.entries.of({ seq: version.seq, order: 'path' }))
    const expected = [...version.entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(found.map((row) => [row.path, contentOf(row)])).toEqual(
      expected.map(([name, entry]) => [name, entry.content])
    )
    // However it was counted: also a version that was rewritten, and those that came after it.
    const files = found.filter(({ type }) => type === 'file')
    expect(catalog.filesets.bySeq(version.seq)).toMatchObject({
      entries: found.length,
      files: files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0)
    })
    // A staged entry that equals a stale one is covered by it, so only what is not stale is certain.
    for (const row of found) {
      if (version.entries.get(row.path)?.stale === true) expect(row.flags & FLAG_STALE).toBe(FLAG_STALE)
    }
  }
  const [first, last] = [model[0], model.at(-1)]
  if (first !== undefined && last !== undefined) compareDifferences(catalog, first, last)
}

function compareDifferences(catalog: Catalog, before: ModelVersion, after: ModelVersion): void {
  const expected = [...new Set([...before.entries.keys(), ...after.entries.keys()])]
    .map((name) => [name, before.entries.get(name)?.content, after.entries.get(name)?.content] as const)
    .filter(([, old, current]) => old !== current)
    .sort()
  const found = Array.from(catalog.compare(before.seq, after.seq), (difference) => [
    difference.path,
    difference.before && contentOf(difference.before),
    difference.after && contentOf(difference.after)
  ]).sort()
  expect(found).toEqual(expected)
}
