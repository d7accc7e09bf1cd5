import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { StorageError } from '@tercet/interface'
import type { ResolvedRcloneOptions } from './rclone-options.ts'

/** Ends rclone when the process that wants it is gone, however it went: then its end of the pipe is closed. */
const KEEPER = `
exec 3<&0
"$@" < /dev/null 3<&- &
child=$!
( cat <&3 > /dev/null; kill $child 2> /dev/null ) &
exec 3<&-
wait $child
`

const START_LIMIT_MS = 30_000

/** An rclone that serves requests of this process only: on loopback, with a password that nobody else knows. */
export interface RcloneProcess {
  readonly port: number
  /** For the header `authorization`. */
  readonly authorization: string
  /** False when it has ended, by itself or by somebody else's doing. */
  readonly isRunning: () => boolean
  stop(): Promise<void>
}

/** @throws StorageError `STORAGE_UNSUPPORTED` when rclone is not installed, `STORAGE_UNEXPECTED` when it does not start */
export async function startRclone(options: ResolvedRcloneOptions): Promise<RcloneProcess> {
  const username = 'tercet'
  const password = randomBytes(24).toString('base64url')
  const command = [options.executable, 'rcd', '--rc-addr', '127.0.0.1:0', '--rc-serve', ...options.arguments]
  const [program, ...args] =
    process.platform === 'win32' ? command : ['/bin/sh', '-c', KEEPER, 'keeper', ...command]
  const child = spawn(program as string, args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    // Not among the arguments, which everybody on the machine can read.
    env: {
      ...process.env,
      AWS_CA_BUNDLE: undefined, // one that is set makes rclone 1.60 refuse every S3 remote
      RCLONE_RC_USER: username,
      RCLONE_RC_PASS: password,
      RCLONE_LOW_LEVEL_RETRIES: '1', // who tries again, and when, is decided by the layers above
      RCLONE_USE_SERVER_MODTIME: 'true', // else a listing asks for each object by itself
      ...(options.configFile === undefined ? {} : { RCLONE_CONFIG: options.configFile })
    }
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    child.stdin?.end()
    if (process.platform === 'win32') child.kill()
    await ended
  }
  try {
    const port = await portOf(child, options.executable)
    child.stderr?.removeAllListeners('data').resume()
    return {
      port,
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      isRunning: () => child.exitCode === null && child.signalCode === null,
      stop
    }
  } catch (error) {
    child.kill()
    throw error
  }
}

function portOf(child: ChildProcess, executable: string): Promise<number> {
  let told = ''
  return new Promise((resolve, reject) => {
    const fail = (code: 'STORAGE_UNSUPPORTED' | 'STORAGE_UNEXPECTED', reason: string) => {
      clearTimeout(timer)
      reject(
        new StorageError(code, `rclone cannot be used: ${reason}`, {
          context: { scheme: 'rclone', executable }
        })
      )
    }
    const timer = setTimeout(() => fail('STORAGE_UNEXPECTED', 'it does not start'), START_LIMIT_MS)
    child.stdin?.on('error', () => {}) // it may be gone first
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told = (told + text).slice(-4000)
      const port = /remote control on https?:\/\/127\.0\.0\.1:(\d+)/.exec(told)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      resolve(Number(port))
    })
    child.once('error', () => fail('STORAGE_UNSUPPORTED', `${executable} is not installed`))
    child.once('close', () => {
      const isMissing = /not found|No such file/i.test(told)
      if (isMissing) fail('STORAGE_UNSUPPORTED', `${executable} is not installed`)
      else
        fail(
          'STORAGE_UNEXPECTED',
          `it ended: ${told.trim().split('\n').at(-1)?.slice(0, 300) ?? 'no reason told'}`
        )
    })
  })
}
