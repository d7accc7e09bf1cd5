import { CREDENTIAL_OPTIONS, readBackendUrl } from '@tercet/backend-kit'
import {
  type BackendContext,
  type BackendScheme,
  type BackendSchemeOption,
  type StorageBackend,
  StorageError
} from '@tercet/interface'
import { openSmbBackend } from './smb-backend.ts'
import type { SmbBackendOptions } from './smb-options.ts'

const TRANSPORTS = ['directtcp', 'netbios'] as const
const NETBIOS_PORT = 139
/** Smaller buffers are not used, as they make everything slow. */
const LEAST_BUFFER_BYTES = 10_000

const OPTIONS: readonly BackendSchemeOption[] = Object.freeze(
  [
    ...CREDENTIAL_OPTIONS,
    { name: 'auth-domain', description: 'Windows domain of the user' },
    { name: 'transport', description: 'directtcp (port 445), or netbios (port 139) for old servers' },
    { name: 'read-buffer-size', description: 'Bytes of one request (default: as the server likes it)' },
    { name: 'write-buffer-size', description: 'The same; the larger of both counts' },
    { name: 'smb-encrypt', description: 'Refuse to go on without encryption', flag: true },
    { name: 'smb-timeout', description: 'Longest time without an answer, in seconds (60)' },
    { name: 'smb-connections', description: 'Connections at the same time (4)' },
    { name: 'smb-executable', description: 'The program smbclient, where it is not on the path' }
  ].map((option) => Object.freeze(option))
)

/**
 * What `openSmbBackend` needs to open this URL.
 *
 * @throws StorageError `STORAGE_INVALID_URL`
 */
export function readSmbUrl(url: string, context?: BackendContext): SmbBackendOptions {
  const address = readBackendUrl(url, context, { options: OPTIONS, passwordVariables: ['SMB_PASSWORD'] })
  const { scheme, host, port, username, password, options } = address
  const [share = '', ...folders] = address.path.split('/').filter((segment) => segment !== '')
  const isName = /^[^\\:*?"<>|]+$/.test(share)
  if (!isName)
    throw new StorageError('STORAGE_INVALID_URL', `${scheme}: write ${scheme}://host/share/folder`, {
      context: { scheme }
    })
  const transport = options.choice('transport', TRANSPORTS)
  const seconds = options.integer('smb-timeout', 1, 86_400)
  const bytes = Math.max(options.integer('read-buffer-size') ?? 0, options.integer('write-buffer-size') ?? 0)
  return {
    host,
    share,
    path: folders.join('/'),
    port: port ?? (transport === 'netbios' ? NETBIOS_PORT : undefined),
    username,
    password,
    domain: options.text('auth-domain'),
    encrypt: options.flag('smb-encrypt'),
    executable: options.text('smb-executable'),
    timeoutMs: seconds === undefined ? undefined : seconds * 1000,
    maxConnections: options.integer('smb-connections', 1, 64),
    bufferBytes: bytes < LEAST_BUFFER_BYTES ? undefined : bytes
  }
}

async function open(url: string, context?: BackendContext): Promise<StorageBackend> {
  return await openSmbBackend(readSmbUrl(url, context))
}

/** `smb://user:password@host:port/share/folder`, with the option names of Duplicati. */
export const smbScheme: BackendScheme = Object.freeze({ scheme: 'smb', options: OPTIONS, open })

/** The same as `smb:`. */
export const cifsScheme: BackendScheme = Object.freeze({ scheme: 'cifs', options: OPTIONS, open })
