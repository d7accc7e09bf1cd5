import { readBackendUrl } from '@tercet/backend-kit'
import type { BackendContext, BackendScheme, BackendSchemeOption, StorageBackend } from '@tercet/interface'
import { openRcloneBackend } from './rclone-backend.ts'
import type { RcloneBackendOptions } from './rclone-options.ts'

const OPTIONS: readonly BackendSchemeOption[] = Object.freeze(
  [
    { name: 'rclone-executable', description: 'The program, where it is not on the path' },
    {
      name: 'rclone-config-file',
      description: "rclone's configuration, where it is not where rclone looks for it"
    },
    { name: 'rclone-option', description: 'Further options of rclone, separated by spaces' },
    { name: 'rclone-remote-repository', description: 'Name of the remote, instead of that in the URL' },
    { name: 'rclone-remote-path', description: 'Path at the remote, instead of that in the URL' },
    { name: 'rclone-local-repository', description: 'Understood for compatibility, and not used' },
    { name: 'rclone-create-folder', description: 'Make the folder when it is opened', flag: true }
  ].map((option) => Object.freeze(option))
)

/** `rclone://remote/path`, with the option names of Duplicati. */
export const rcloneScheme: BackendScheme = Object.freeze({
  scheme: 'rclone',
  options: OPTIONS,
  async open(url: string, context?: BackendContext): Promise<StorageBackend> {
    return await openRcloneBackend(readRcloneUrl(url, context))
  }
})

/**
 * What `openRcloneBackend` needs to open this URL.
 *
 * @throws StorageError `STORAGE_INVALID_URL`
 */
export function readRcloneUrl(url: string, context?: BackendContext): RcloneBackendOptions {
  const { host, path, options } = readBackendUrl(url, context, { options: OPTIONS, authority: 'name' })
  return {
    remote: options.text('rclone-remote-repository') ?? host,
    path: options.text('rclone-remote-path') ?? path,
    executable: options.text('rclone-executable'),
    configFile: options.text('rclone-config-file'),
    arguments: options
      .text('rclone-option')
      ?.split(/\s+/)
      .filter((text) => text !== ''),
    createFolder: options.flag('rclone-create-folder')
  }
}
