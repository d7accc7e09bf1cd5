import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FailedCall } from '@tercet/backend-kit'
import { revealSecret, StorageError } from '@tercet/interface'
import { endedError, toldError } from './smb-errors.ts'
import type { ResolvedSmbOptions } from './smb-options.ts'

/** Most that one command may print: the listing of more than a million names. */
const MAX_TOLD = 256 * 1024 * 1024
/** Pauses between the line ends that make smbclient look at what it has read already, in milliseconds. */
const FIRST_KICK_MS = 1
const LAST_KICK_MS = 100
/** How long a sign of life is good for, in milliseconds. */
const FRESH_MS = 10
/** How long a command may take to end that nobody waits for any more, in milliseconds. */
const MOMENT_MS = 2000
/** Name of the pipe in the folder of a process. */
const PIPE = 'pipe'

interface Running {
  readonly end: string
  readonly resolve: (told: string) => void
  readonly fail: () => void
  /** It has printed something of what it was asked for. */
  hasTold: boolean
}

/**
 * One smbclient, logged in, that takes commands on its standard input. It does not say when a command is done, so each
 * is followed by one that it does not know, whose name nobody can guess, and that it refuses by name.
 */
export class SmbProcess {
  readonly where: string
  /** For files and pipes that only this process and its smbclient use; it is the current folder of the latter. */
  readonly folder: string
  /** What `iosize` was at the start; 0: as the server likes it. */
  readonly bufferBytes: number
  readonly #child: ChildProcess
  #told = ''
  #running: Running | undefined
  #hasEnded = false
  #hasPipe = false
  #lastHeard = performance.now()

  private constructor(child: ChildProcess, folder: string, where: string, bufferBytes: number) {
    this.#child = child
    this.bufferBytes = bufferBytes
    this.folder = folder
    this.where = where
    child.stdin?.on('error', () => {}) // it may end first, which is noticed below
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    child.once('error', () => this.#lose())
    child.once('close', () => this.#lose())
  }

  /** Starts one and logs in. An abort ends it at once. */
  static async start(
    options: ResolvedSmbOptions,
    where: string,
    signal: AbortSignal | undefined
  ): Promise<SmbProcess> {
    signal?.throwIfAborted()
    const folder = await mkdtemp(join(tmpdir(), 'tercet-smb-'))
    const child = spawn(options.executable, argumentsOf(options), {
      cwd: folder,
      env: environmentOf(options),
      stdio: ['pipe', 'ignore', 'pipe']
    })
    let isMissing = false
    child.once('error', (error: NodeJS.ErrnoException) => {
      isMissing = error.code === 'ENOENT' || error.code === 'EACCES'
    })
    const started = new SmbProcess(child, folder, where, options.bufferBytes ?? 0)
    const giveUp = (): void => started.close()
    signal?.addEventListener('abort', giveUp)
    try {
      const told = await started.command('', { call: 'log in' })
      const failure = toldError(told, { where, call: 'log in' })
      if (failure !== undefined) throw failure
      return started
    } catch (error) {
      started.close()
      signal?.throwIfAborted()
      throw isMissing ? notInstalled(options.executable, error) : error
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }

  get isOpen(): boolean {
    return !this.#hasEnded
  }

  /** Asks the server for a sign of life, unless it has just given one: smbclient notices a lost connection late. */
  async isAlive(): Promise<boolean> {
    if (performance.now() - this.#lastHeard < FRESH_MS) return this.isOpen
    const asked = this.command('echo 1 x', { call: 'ask' }).catch(() => 'NT_STATUS')
    await this.#closeUnless(asked)
    return this.isOpen && !(await asked).includes('NT_STATUS')
  }

  /** Runs one command, or several in lines of their own; resolves with all that it has printed, rejects when the process ends. One at a time. */
  async command(line: string, failed: Omit<FailedCall, 'where'>): Promise<string> {
    const failure = { where: this.where, ...failed }
    const end = `tercet-${randomBytes(12).toString('hex')}`
    let kick: NodeJS.Timeout | undefined
    try {
      return await new Promise<string>((resolve, reject) => {
        const fail = (): void => reject(endedError(this.#told, failure))
        if (this.#hasEnded) return fail()
        this.#running = { end: `${end}: command not found\n`, resolve, fail, hasTold: false }
        this.#write(line)
        setImmediate(() => this.#write(end))
        // What it has read with the line before, it looks at only when more comes.
        const again = (pause: number): void => {
          kick = setTimeout(() => {
            this.#write('')
            again(Math.min(LAST_KICK_MS, 2 * pause))
          }, pause)
        }
        again(FIRST_KICK_MS)
      })
    } finally {
      clearTimeout(kick)
      this.#running = undefined
    }
  }

  /** As {@link command}, where what was printed is of interest only when it is a failure. */
  async run(line: string, failed: Omit<FailedCall, 'where'>): Promise<string> {
    const told = await this.command(line, failed)
    const failure = toldError(told, { where: this.where, ...failed })
    if (failure !== undefined) throw failure
    return told
  }

  /** The path of a named pipe, made when it is first asked for. In commands it is called by {@link pipeName}. */
  async pipe(): Promise<string> {
    const path = join(this.folder, PIPE)
    if (!this.#hasPipe) await promisify(execFile)('mkfifo', ['-m', '600', path])
    this.#hasPipe = true
    return path
  }

  get pipeName(): string {
    return PIPE
  }

  /** Ends the process unless its command is done in a moment. */
  async #closeUnless(command: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.close()
        resolve()
      }, MOMENT_MS)
    })
    await Promise.race([command.catch(() => {}), late])
    clearTimeout(timer)
  }

  /** Ends the process at once, with everything that is under way. */
  close(): void {
    this.#child.kill('SIGKILL')
    this.#lose()
  }

  #write(line: string): void {
    if (!this.#hasEnded) this.#child.stdin?.write(`${line}\n`)
  }

  #take(text: string): void {
    const running = this.#running
    const from = Math.max(0, this.#told.length - (running?.end.length ?? 0))
    this.#told += text
    if (this.#told.length > MAX_TOLD) this.close()
    if (running === undefined) return
    const at = this.#told.indexOf(running.end, from)
    if (at < 0) {
      // One line is done, so it looks for the next.
      if (!running.hasTold) this.#write('')
      running.hasTold = true
      return
    }
    const told = this.#told.slice(0, at)
    this.#told = this.#told.slice(at + running.end.length)
    this.#lastHeard = performance.now()
    running.resolve(told)
  }

  #lose(): void {
    if (!this.#hasEnded) rmSync(this.folder, { recursive: true, force: true })
    this.#hasEnded = true
    this.#running?.fail()
  }
}

function argumentsOf(options: ResolvedSmbOptions): string[] {
  const { host, share, port, username, domain, encrypt, timeoutMs, bufferBytes } = options
  return [
    `//${host}/${share}`,
    '--stderr',
    ...['-d', '0'],
    ...['-t', String(Math.max(1, Math.ceil(timeoutMs / 1000)))],
    '--option=client min protocol=SMB2_02',
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(domain === undefined ? [] : ['-W', domain]),
    ...(bufferBytes === undefined ? [] : ['-b', String(bufferBytes)]),
    ...(username === undefined ? ['-N', '-U', '%'] : ['--option=client signing=required']),
    ...(encrypt ? ['--client-protection=encrypt'] : [])
  ]
}

/** User and password are not among the arguments, which everybody on the machine can read. */
function environmentOf({ username, password }: ResolvedSmbOptions): NodeJS.ProcessEnv {
  const { USER, LOGNAME, PASSWD, PASSWD_FD, PASSWD_FILE, ...others } = process.env
  return {
    ...others,
    TZ: 'UTC',
    ...(username === undefined ? {} : { LOGNAME: username, PASSWD: revealSecret(password ?? '') })
  }
}

function notInstalled(executable: string, cause: unknown): StorageError {
  return new StorageError(
    'STORAGE_UNSUPPORTED',
    `${executable} is not installed; it is in the package smbclient (Debian, Ubuntu), samba-client (Fedora, SUSE, Alpine) or samba (Homebrew)`,
    { cause, context: { scheme: 'smb', executable } }
  )
}
