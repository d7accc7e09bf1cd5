import { closeSync, openSync, readSync } from 'node:fs'
import { ConfigurationError } from '@tercet/interface'
import {
  isConfigurationText,
  type ParseConfigurationOptions,
  parseSyncConfiguration,
  resolveSyncConfiguration,
  type SyncConfiguration
} from '@tercet/sync-policy'
import { realPath } from './real-path.ts'

/** More than any configuration needs. */
const MOST_BYTES = 4 * 1024 * 1024

/**
 * A configuration of replication, from JSON, the name of a file with it, or an object.
 *
 * @throws ConfigurationError `CONFIG_*`, also for a file that cannot be read
 */
export function readSyncConfiguration(
  value: string | object,
  given: ParseConfigurationOptions = {}
): SyncConfiguration {
  const options = { realPath, ...given }
  if (typeof value !== 'string') return resolveSyncConfiguration(value, options)
  const isText = isConfigurationText(value)
  const where = options.where ?? (isText ? undefined : value)
  return parseSyncConfiguration(isText ? value : readText(value), { ...options, where })
}

function readText(path: string): string {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const bytes = Buffer.alloc(MOST_BYTES)
    let length = 0
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null)
      if (read === 0) return bytes.toString('utf8', 0, length)
      length += read
    }
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'it is unreadable'
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      `remote-sync-config: "${path}" is neither JSON nor a file that can be read (${reason})`,
      { context: { key: 'remote-sync-config' } }
    )
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
