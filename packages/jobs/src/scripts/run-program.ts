import { spawn } from 'node:child_process'
import type { CallOptions } from '@tercet/interface'

export interface RunProgramOptions extends CallOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly timeoutMs: number
}

/** How a program has ended. */
export interface ProgramResult {
  /** Undefined: it was ended by a signal, or never began. */
  readonly exitCode: number | undefined
  /** What it has printed, as much as is kept. */
  readonly output: string
  readonly errorOutput: string
  readonly timedOut: boolean
  /** Why it could not be started. */
  readonly failure: string | undefined
}

/** What is kept of each output; more is read and forgotten. */
const MAX_OUTPUT_BYTES = 256 * 1024
/** So long it may clean up after it was asked to end. */
const GRACE_MS = 2000

/**
 * Runs a program without a shell. When its time is over, or on an abort, it is ended together with everything that it has
 * started; what it has printed until then is kept.
 *
 * @throws the reason of `signal`
 */
export async function runProgram(
  [program = '', ...args]: readonly string[],
  { environment, timeoutMs, signal }: RunProgramOptions
): Promise<ProgramResult> {
  signal?.throwIfAborted()
  // On Windows a detached process would get a window of its own; there the process alone is ended.
  const inGroup = process.platform !== 'win32'
  const child = spawn(program, args, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: inGroup,
    windowsHide: true
  })
  const output = collect(child.stdout)
  const errorOutput = collect(child.stderr)
  let timedOut = false
  let killer: NodeJS.Timeout | undefined
  let leaver: NodeJS.Timeout | undefined
  const kill = (kind: NodeJS.Signals): void => {
    try {
      if (inGroup && child.pid !== undefined) process.kill(-child.pid, kind)
      else child.kill(kind)
    } catch {
      // It has ended already.
    }
  }
  const end = (): void => {
    kill('SIGTERM')
    killer ??= setTimeout(() => kill('SIGKILL'), GRACE_MS)
  }
  const timer = setTimeout(() => {
    timedOut = true
    end()
  }, timeoutMs)
  signal?.addEventListener('abort', end, { once: true })
  try {
    const ended = await new Promise<{ exitCode: number | undefined; failure: string | undefined }>(
      (resolve) => {
        child.once('error', (error: NodeJS.ErrnoException) =>
          resolve({ exitCode: undefined, failure: error.code ?? error.message })
        )
        child.once('exit', (code) => {
          clearTimeout(timer)
          if (timedOut || signal?.aborted) kill('SIGKILL')
          // What it has started and left behind may hold its output open, and is not waited for.
          leaver = setTimeout(() => {
            child.stdout.destroy()
            child.stderr.destroy()
          }, GRACE_MS)
          child.once('close', () => resolve({ exitCode: code ?? undefined, failure: undefined }))
        })
      }
    )
    signal?.throwIfAborted()
    return { ...ended, output: output(), errorOutput: errorOutput(), timedOut }
  } finally {
    clearTimeout(timer)
    clearTimeout(killer)
    clearTimeout(leaver)
    signal?.removeEventListener('abort', end)
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    if (size < MAX_OUTPUT_BYTES) chunks.push(chunk.subarray(0, MAX_OUTPUT_BYTES - size))
    size += chunk.byteLength
  })
  return () => Buffer.concat(chunks).toString('utf8')
}
