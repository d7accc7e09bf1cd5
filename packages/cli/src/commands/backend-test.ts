import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { openDestination, type StorageBackend } from '@tercet/sdk'
import { ConfigurationError } from '@tercet/sdk/settings'
import { conformanceCases, runConformanceCase } from '@tercet/testkit-backend/conformance'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'

/** A listing of more than a page takes long at a distant store. */
const MANY_ENTRIES = 120
const SEQUENCES = 3
const CASE_TIMEOUT_MS = 300_000

/**
 * Tries everything that is asked of a store, in a folder of its own that is removed afterwards. What else is there is
 * neither read nor changed.
 */
export async function runBackendTest(context: CommandContext): Promise<ExitCode> {
  const { calls, reporter, url = '' } = context
  const folder = `tercet-test-${randomUUID().slice(0, 8)}`
  let next = 0
  let present = ''
  const openAt = (name: string): Promise<StorageBackend> =>
    openDestination(below(url, `${folder}/${name}`), context.backends, context.destinationOptions)
  const target = {
    async open() {
      present = `case-${next++}`
      const backend = await openAt(present)
      if (backend.capabilities.createFolder) await backend.createFolder('', { signal: calls.signal })
      return backend
    },
    reopen: () => openAt(present),
    async close() {
      await using backend = await openAt(present)
      await removeAll(backend)
    },
    manyEntries: MANY_ENTRIES,
    sequences: SEQUENCES,
    caseTimeoutMs: CASE_TIMEOUT_MS
  }
  const failed: string[] = []
  const root = below(url, folder)
  for (const { id, title } of conformanceCases) {
    calls.signal.throwIfAborted()
    try {
      await runConformanceCase(target, id)
      await reporter.item('case', { id, title, passed: true }, `  passed  ${title}`)
    } catch (error) {
      failed.push(id)
      const message = error instanceof Error ? error.message : String(error)
      await reporter.item(
        'case',
        { id, title, passed: false, message },
        `  FAILED  ${title}\n          ${message}`
      )
    }
  }
  await using rootFolder = await openDestination(root, context.backends, context.destinationOptions)
  if (rootFolder.localFolder !== undefined)
    await rm(rootFolder.localFolder.path, { recursive: true, force: true })
  const count = conformanceCases.length
  return await reporter.finish(failed.length === 0 ? 'success' : 'error', { cases: count, failed }, [
    failed.length === 0
      ? `All ${count} requirements are met`
      : `${failed.length} of ${count} requirements are not met`
  ])
}

/** The URL of a folder below that of another; options stay where they are. */
function below(url: string, folder: string): string {
  const [, place = '', options = ''] = /^([^?]*)(\?.*)?$/s.exec(url) ?? []
  if (place === '') throw new ConfigurationError('CONFIG_INVALID_VALUE', 'The URL names no place')
  return `${place.replace(/\/+$/, '')}/${folder}${options}`
}

/** Folders of a distant store stay, empty: no store is asked to be able to remove them. */
async function removeAll(backend: StorageBackend): Promise<void> {
  const paths: string[] = []
  for await (const { path } of backend.list()) paths.push(path)
  if (paths.length > 0) await backend.deleteMany(paths)
}
