import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { EngineError } from '../common/engine-error.ts'
import type { PathList } from './backup-options.ts'

/**
 * The paths of a list in whichever form it was given; empty lines of a file are passed over.
 *
 * @throws EngineError `BACKUP_LIST_UNREADABLE`
 */
export async function resolvePathList(
  list: PathList | undefined,
  signal?: AbortSignal
): Promise<string[] | undefined> {
  if (list === undefined) return undefined
  const paths: string[] = []
  for await (const path of 'listFile' in list ? readLines(list.listFile) : list) {
    signal?.throwIfAborted()
    if (path !== '') paths.push(path)
  }
  return paths
}

async function* readLines(path: string): AsyncGenerator<string> {
  try {
    const input = createReadStream(path, { encoding: 'utf8' })
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) yield line
  } catch (error) {
    throw new EngineError(
      'BACKUP_LIST_UNREADABLE',
      `The list of paths ${path} cannot be read: ${(error as Error).message}`,
      {
        cause: error,
        context: { path }
      }
    )
  }
}
