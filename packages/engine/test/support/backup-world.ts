import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createFileBackend } from '@tercet/backend-file'
import { type Catalog, openCatalog } from '@tercet/core'
import type { OperationObserver, StorageBackend, StorageLayer } from '@tercet/interface'
import { compareTrees, createTemporaryFolder, describeTree, type TreeEntry } from '@tercet/testkit-data'
import { CrashError, createVirtualClock, type VirtualClock } from '@tercet/testkit-faults'
import { backup } from '../../src/backup/backup.ts'
import type { BackupOptions } from '../../src/backup/backup-options.ts'
import type { BackupResult } from '../../src/backup/backup-result.ts'
import type { EngineContext } from '../../src/common/context.ts'
import type { EncryptionSettings } from '../../src/common/volume-keys.ts'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'
import { planRestore } from '../../src/restore/plan-restore.ts'
import { restore } from '../../src/restore/restore.ts'

const run = promisify(execFile)
/** Holds what a world goes back to. */
const KEPT = 'kept'

export interface BackupWorldOptions {
  readonly passphrase?: string | undefined
  readonly encryption?: EncryptionSettings | undefined
  readonly workers?: number | undefined
  readonly observer?: OperationObserver | undefined
  readonly layer?: StorageLayer | undefined
}

/** A folder to back up, a destination, a catalog and a clock, all gone when it is disposed of. */
export interface BackupWorld extends AsyncDisposable {
  readonly source: string
  readonly destination: string
  readonly catalogPath: string
  readonly clock: VirtualClock
  readonly context: EngineContext
  readonly catalog: Catalog
  path(name: string): string
  /** Writes a file below the source, with its folders. */
  write(name: string, content: string | Uint8Array): void
  /** A second later, so that versions have labels of their own. */
  backUp(options?: Partial<BackupOptions>): Promise<BackupResult>
  tree(): Promise<TreeEntry[]>
  /** How a restored version differs from what is expected; empty when it does not. */
  differences(version: number, expected: TreeEntry[], catalog?: Catalog): Promise<unknown[]>
  /** The same with a catalog that is read from the destination alone. */
  differencesFromDestination(version: number, expected: TreeEntry[]): Promise<unknown[]>
  /** The same for several versions, with one catalog. */
  allDifferencesFromDestination(expected: ReadonlyMap<number, TreeEntry[]>): Promise<unknown[]>
  /** Opens the catalog again, as a new process would. */
  reopen(options?: BackupWorldOptions): Promise<BackupWorld>
  /** Remembers everything as it is now for {@link rewind}. */
  keep(): Promise<void>
  /** Everything but the clock as it was when it was kept, opened again. */
  rewind(options?: BackupWorldOptions): Promise<BackupWorld>
  volumes(): Promise<string[]>
  /** Runs the independent reader of the format, where there is one. */
  checkFormat(): Promise<void>
}

export async function createBackupWorld(options: BackupWorldOptions = {}): Promise<BackupWorld> {
  const folder = await createTemporaryFolder('tercet-backup-')
  mkdirSync(folder.join('source'))
  mkdirSync(folder.join('destination'))
  const clock = createVirtualClock({ startAt: new Date('2025-03-01T12:00:00Z') })
  return openWorld(folder.path, clock, options, () => folder[Symbol.asyncDispose]())
}

async function openWorld(
  folder: string,
  clock: VirtualClock,
  options: BackupWorldOptions,
  remove: () => Promise<void>
): Promise<BackupWorld> {
  const source = join(folder, 'source')
  const destination = join(folder, 'destination')
  const catalogPath = join(folder, 'catalog.sqlite')
  const { observer, passphrase, encryption, workers = 0, layer = (inner: StorageBackend) => inner } = options
  const backend = layer(createFileBackend({ path: destination, observer }))
  const catalog = await openCatalog({ path: catalogPath, observer, clock: () => clock.now() })
  const context: EngineContext = {
    backend,
    catalog,
    passphrase,
    encryption,
    workers,
    clock,
    spoolFolder: folder
  }
  let restored = 0
  const restoreTo = async (used: EngineContext, version: number, expected: TreeEntry[]) => {
    const to = join(folder, `restored-${process.hrtime.bigint()}-${restored++}`)
    const plan = await planRestore(used, { version, to, permissions: true })
    const result = await restore(used, plan)
    return [...result.issues, ...compareTrees(expected, await describeTree(to, { linkTimes: true }))]
  }
  const world: BackupWorld = {
    source,
    destination,
    catalogPath,
    clock,
    context,
    catalog,
    path: (name) => join(source, name),
    write(name, content) {
      mkdirSync(dirname(join(source, name)), { recursive: true })
      writeFileSync(join(source, name), content)
    },
    async backUp(chosen = {}) {
      await clock.advance(1000)
      await untilTimeStampsDiffer()
      return await backup(context, { sources: [source], blockSizeBytes: 1024, retryDelayMs: 0, ...chosen })
    },
    tree: () => describeTree(source, { linkTimes: true }),
    differences: (version, expected, used = catalog) =>
      restoreTo({ ...context, catalog: used }, version, expected),
    differencesFromDestination: (version, expected) =>
      world.allDifferencesFromDestination(new Map([[version, expected]])),
    async allDifferencesFromDestination(expected) {
      const fresh = await openCatalog({ path: undefined })
      try {
        const used = { ...context, catalog: fresh, backend: createFileBackend({ path: destination }) }
        await recreateCatalog(used)
        const differences: unknown[] = []
        for (const [version, tree] of expected) differences.push(...(await restoreTo(used, version, tree)))
        return differences
      } finally {
        fresh.close()
      }
    },
    async reopen(changed = {}) {
      closeAfterCrash(catalog)
      return openWorld(folder, clock, { passphrase, encryption, workers, ...changed }, remove)
    },
    async keep() {
      await run('cp', [
        '-a',
        ...readdirSync(folder).map((name) => join(folder, name)),
        made(join(folder, KEPT))
      ])
    },
    async rewind(changed = {}) {
      closeAfterCrash(catalog)
      for (const name of readdirSync(folder))
        if (name !== KEPT) rmSync(join(folder, name), { recursive: true, force: true })
      await run('cp', ['-a', `${join(folder, KEPT)}/.`, folder])
      return openWorld(folder, clock, { passphrase, encryption, workers, ...changed }, remove)
    },
    async volumes() {
      const names: string[] = []
      for await (const { path } of createFileBackend({ path: destination }).list()) names.push(path)
      return names.sort()
    },
    checkFormat: () => checkFormat(destination, passphrase),
    async [Symbol.asyncDispose]() {
      closeAfterCrash(catalog)
      await remove()
    }
  }
  return world
}

/** Runs the independent reader of the format, where there is one; what it finds wrong rejects. */
export async function checkFormat(
  destination: string,
  passphrase?: string | undefined,
  prefix?: string | undefined
): Promise<void> {
  const reader = process.env['TERCET_STRICT_READER']
  if (reader === undefined) return
  const secret = passphrase === undefined ? [] : ['--passphrase', passphrase]
  const named = prefix === undefined ? [] : ['--prefix', prefix]
  await run(process.execPath, [reader, 'check', destination, ...secret, ...named]).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}${error.stderr}`)
  })
}

function made(folder: string): string {
  mkdirSync(folder)
  return folder
}

/** After a crash inside this process even the closing note cannot be written; the file is closed all the same. */
function closeAfterCrash(catalog: Catalog): void {
  try {
    catalog.close()
  } catch (error) {
    if (!(error instanceof CrashError)) throw error
  }
}

/** A file that changed a moment before it is read is not trusted next time: counts would depend on how quick the test is. */
async function untilTimeStampsDiffer(): Promise<void> {
  const start = Date.now()
  while (Date.now() - start <= 12) await new Promise((resolve) => setImmediate(resolve))
}
