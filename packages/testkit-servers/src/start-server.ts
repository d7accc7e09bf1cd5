import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { KEEPER } from './keeper.ts'

export interface ServerCommand {
  /** For messages. */
  readonly name: string
  /** From `createServerFolder`; removed when the server ends. */
  readonly folder: string
  /** Stays in the foreground. */
  readonly command: readonly [program: string, ...args: string[]]
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** How it shows that it answers: it accepts connections, or prints something. */
  readonly ready: { readonly port: number } | { readonly output: RegExp }
  /** @defaultValue 180 000 */
  readonly timeoutMs?: number | undefined
  /** Time between the polite request to end and the other one. @defaultValue 2000 */
  readonly graceMs?: number | undefined
}

export interface RunningServer extends AsyncDisposable {
  readonly folder: string
  /** What `ready.output` found. */
  readonly match: RegExpExecArray | undefined
  /** What the server has printed so far. */
  output(): string
  /** Ends the server with all its processes and removes its folder. */
  stop(): Promise<void>
}

/** Starts a server that ends with this process at the latest; resolves when it answers. */
export async function startServer(options: ServerCommand): Promise<RunningServer> {
  const { name, folder, command, ready, timeoutMs = 180_000, graceMs = 2000 } = options
  const child = spawn('/bin/sh', ['-c', KEEPER, 'keeper', folder, String(graceMs), ...command], {
    cwd: folder,
    detached: true, // a process group of its own, which the keeper leads
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment }
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-100_000)
    })
  child.stdin.on('error', () => {}) // the keeper may be gone first
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    child.stdin.end()
    await ended
    // A process of the group may have written while the keeper removed the folder.
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const match = 'output' in ready ? (ready.output.exec(output) ?? undefined) : undefined
    if (match !== undefined || ('port' in ready && (await accepts(ready.port)))) {
      return { folder, match, output: () => output, stop, [Symbol.asyncDispose]: stop }
    }
    await sleep(10)
  }
  const reason =
    child.exitCode === null ? `did not answer in ${timeoutMs} ms` : `ended with ${child.exitCode}`
  await stop()
  throw new Error(`${name} ${reason}:\n${output}`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
