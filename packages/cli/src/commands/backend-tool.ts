import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { openDestination, type StorageBackend } from '@tercet/sdk'
import { formatBytes } from '@tercet/sdk/format'
import { ConfigurationError } from '@tercet/sdk/settings'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'

type Work = (backend: StorageBackend, context: CommandContext, args: readonly string[]) => Promise<string[]>

/** What can be done with single objects of a store, and how many names each needs. */
const ACTIONS: Readonly<
  Record<string, { readonly needs: number; readonly usage: string; readonly work: Work }>
> = {
  list: { needs: 0, usage: '[folder]', work: list },
  get: { needs: 1, usage: '<object> [file]', work: get },
  put: { needs: 1, usage: '<file> [object]', work: put },
  delete: { needs: 1, usage: '<object...>', work: remove },
  'create-folder': { needs: 0, usage: '[folder]', work: createFolder }
}

/** Does one thing with a store, whatever is there; for looking after it by hand. */
export async function runBackendTool(context: CommandContext): Promise<ExitCode> {
  const [name = '', ...args] = context.arguments
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (action === undefined || args.length < action.needs) throw usage()
  await using backend = await openDestination(context.url ?? '', context.backends, context.destinationOptions)
  const lines = await action.work(backend, context, args)
  return await context.reporter.finish('success', { action: name }, lines)
}

function usage(): ConfigurationError {
  const ways = Object.entries(ACTIONS).map(([name, action]) => `${name} ${action.usage}`)
  return new ConfigurationError(
    'CONFIG_MISSING',
    `Say what to do: tercet backend-tool <url> ${ways.join(' | ')}`
  )
}

async function list(
  backend: StorageBackend,
  { reporter, calls }: CommandContext,
  [under]: readonly string[]
): Promise<string[]> {
  let count = 0
  let bytes = 0
  for await (const entry of backend.list({ under, signal: calls.signal })) {
    count++
    bytes += entry.sizeBytes ?? 0
    const size = entry.sizeBytes === undefined ? '' : formatBytes(entry.sizeBytes)
    const time = entry.modifiedAt?.toISOString() ?? ''
    await reporter.item('object', entry, `${size.padStart(10)}  ${time.padEnd(24)}  ${entry.path}`)
  }
  return [`${count} objects, ${formatBytes(bytes)}`]
}

/** The file must not be there; what was fetched in part is removed with an error. */
async function get(
  backend: StorageBackend,
  { calls }: CommandContext,
  [object = '', file = basename(object)]: readonly string[]
): Promise<string[]> {
  const target = await open(file, 'wx').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigurationError('CONFIG_INVALID_VALUE', `${file} cannot be made (${error.code})`)
  })
  let bytes = 0
  try {
    for await (const chunk of backend.get(object, { signal: calls.signal })) {
      await target.writeFile(chunk)
      bytes += chunk.byteLength
    }
  } finally {
    await target.close()
  }
  return [`Fetched ${formatBytes(bytes)} into ${file}`]
}

async function put(
  backend: StorageBackend,
  { calls }: CommandContext,
  [file = '', object = basename(file)]: readonly string[]
): Promise<string[]> {
  const { size } = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigurationError('CONFIG_INVALID_VALUE', `${file} cannot be read (${error.code})`)
  })
  const source = { size, open: () => createReadStream(file) }
  await backend.put(object, source, { signal: calls.signal })
  return [`Stored ${formatBytes(size)} as ${object}`]
}

async function remove(
  backend: StorageBackend,
  { calls }: CommandContext,
  objects: readonly string[]
): Promise<string[]> {
  for (const object of objects) {
    // A delete of what is not there succeeds, which would hide a wrong name.
    await backend.stat(object, { signal: calls.signal })
    await backend.delete(object, { signal: calls.signal })
  }
  return objects.map((object) => `Deleted ${object}`)
}

async function createFolder(
  backend: StorageBackend,
  { calls }: CommandContext,
  [folder = '']: readonly string[]
): Promise<string[]> {
  if (!backend.capabilities.createFolder) return [`${backend.displayName} needs no folders to be made`]
  await backend.createFolder(folder, { signal: calls.signal })
  return [`Made ${folder === '' ? backend.displayName : folder}`]
}
