import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import {
  type BackendAddress,
  CREDENTIAL_OPTIONS,
  type OptionValues,
  readBackendUrl
} from '@tercet/backend-kit'
import {
  type BackendContext,
  type BackendScheme,
  type BackendSchemeOption,
  Secret,
  type StorageBackend,
  StorageError
} from '@tercet/interface'
import { openSftpBackend } from './sftp-backend.ts'

const OPTIONS: readonly BackendSchemeOption[] = Object.freeze([
  ...CREDENTIAL_OPTIONS,
  {
    name: 'ssh-fingerprint',
    description: 'Host keys to believe, separated by commas: SHA256:… (default: ~/.ssh/known_hosts)'
  },
  { name: 'ssh-known-hosts-file', description: 'File of known hosts instead of the user’s' },
  {
    name: 'ssh-accept-any-fingerprints',
    description: 'Believe every host key, which protects from nobody',
    flag: true
  },
  { name: 'ssh-keyfile', description: 'File with the private key' },
  {
    name: 'ssh-key',
    description: 'The private key itself, percent-encoded, perhaps behind sshkey://',
    secret: true
  },
  { name: 'ssh-key-passphrase', description: 'Of the private key (default: the password)', secret: true },
  { name: 'ssh-agent', description: 'Ask the agent (SSH_AUTH_SOCK), or the one behind this socket' },
  { name: 'ssh-askpass', description: 'Program that prints the password' },
  { name: 'ssh-relative-path', description: 'The path is relative to where the login leads', flag: true },
  { name: 'ssh-operation-timeout', description: 'Seconds for connecting and logging in (20)' },
  { name: 'ssh-keepalive', description: 'Seconds between signs of life (none)' },
  { name: 'ssh-connections', description: 'Connections at the same time (4)' }
])

const ASKPASS_MS = 120_000

async function open(url: string, context?: BackendContext): Promise<StorageBackend> {
  const address = readBackendUrl(url, context, { options: OPTIONS })
  const { host, port, path, username, options } = address
  if (username === undefined)
    throw new StorageError('STORAGE_INVALID_URL', `${address.scheme}: needs the name of a user`, {
      context: { scheme: address.scheme }
    })
  const seconds = (name: string): number | undefined => {
    const value = options.integer(name, 0, 86_400)
    return value === undefined ? undefined : value * 1000
  }
  const privateKey = readKey(options)
  const password = address.password ?? (await askPassword(address))
  try {
    return await openSftpBackend({
      host,
      port,
      path: options.flag('ssh-relative-path') ? path : `/${path}`,
      username,
      password,
      privateKey,
      keyPassphrase:
        privateKey === undefined ? undefined : (options.secret('ssh-key-passphrase') ?? password),
      agent: agentOf(options, context?.environment ?? process.env),
      hostKeys: options.text('ssh-fingerprint')?.split(','),
      knownHostsFile: options.text('ssh-known-hosts-file'),
      acceptAnyHostKey: options.flag('ssh-accept-any-fingerprints'),
      connectTimeoutMs: seconds('ssh-operation-timeout'),
      keepAliveMs: seconds('ssh-keepalive'),
      maxConnections: options.integer('ssh-connections', 1, 64)
    })
  } catch (error) {
    if (error instanceof RangeError) throw options.invalid('ssh-fingerprint', error.message)
    throw error
  }
}

/** `sftp://user:password@host:port/folder`; the path is absolute unless `ssh-relative-path` is given. */
export const sftpScheme: BackendScheme = Object.freeze({ scheme: 'sftp', options: OPTIONS, open })

/** The same as `sftp:`. */
export const sshScheme: BackendScheme = Object.freeze({ scheme: 'ssh', options: OPTIONS, open })

function readKey(options: OptionValues): Secret | undefined {
  const inline = /^sshkey:\/\//
  const file = options.text('ssh-keyfile')
  const key =
    options.secret('ssh-key')?.reveal() ?? (file !== undefined && inline.test(file) ? file : undefined)
  try {
    if (key !== undefined) return new Secret(decodeURIComponent(key.replace(inline, '')))
    return file === undefined ? undefined : new Secret(readFileSync(file.replace(/^file:\/\//, ''), 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (key !== undefined) throw options.invalid('ssh-key', 'must be percent-encoded')
    throw options.invalid('ssh-keyfile', `cannot be read (${code})`)
  }
}

function agentOf(
  options: OptionValues,
  environment: Readonly<Record<string, string | undefined>>
): string | undefined {
  const text = options.text('ssh-agent') ?? (options.has('ssh-agent') ? 'true' : 'false')
  if (text === 'false') return undefined
  if (text !== 'true') return text
  const socket = environment['SSH_AUTH_SOCK']
  if (socket) return socket
  throw options.invalid('ssh-agent', 'there is none: SSH_AUTH_SOCK is not set')
}

/** As `ssh` asks: the program gets the question, and prints the answer. */
function askPassword({ host, username, options }: BackendAddress): Promise<Secret | undefined> {
  const program = options.text('ssh-askpass')
  if (program === undefined) return Promise.resolve(undefined)
  return new Promise((resolve, reject) => {
    execFile(program, [`Password of ${username}@${host}: `], { timeout: ASKPASS_MS }, (error, stdout) => {
      if (error === null) resolve(new Secret(stdout.replace(/\r?\n$/, '')))
      else reject(options.invalid('ssh-askpass', `failed (${error.code ?? error.signal ?? 'no answer'})`))
    })
  })
}
