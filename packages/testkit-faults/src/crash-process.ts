import { spawn } from 'node:child_process'
import type { OperationObserver } from '@tercet/interface'

/** The environment variable that says after how many operations the process is to be killed. */
export const CRASH_VARIABLE = 'TERCET_CRASH_AT'

export interface InstallCrashPointOptions {
  /** Counts across threads: an `Int32Array` of one element over a `SharedArrayBuffer` that all of them were given. */
  readonly counter?: Int32Array | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
}

/**
 * For the child program of a crash test: an observer that ends this process by SIGKILL, with no chance to clean up,
 * after as many operations as `TERCET_CRASH_AT` says. Without the variable it only counts.
 */
export function installCrashPoint(options: InstallCrashPointOptions = {}): OperationObserver {
  const counter = options.counter ?? new Int32Array(new SharedArrayBuffer(4))
  const after = Number((options.env ?? process.env)[CRASH_VARIABLE] ?? 0)
  return (_operation, moment) => {
    if (moment === 'before') return
    if (Atomics.add(counter, 0, 1) + 1 === after) process.kill(process.pid, 'SIGKILL')
  }
}

export interface CrashRun {
  /** `killed` by its crash point; `finished` with exit code 0 before it was reached; `failed` in any other way. */
  readonly outcome: 'killed' | 'finished' | 'failed'
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunUntilCrashOptions {
  readonly cwd?: string | undefined
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Options of Node before the script. @defaultValue those of this process */
  readonly execArgv?: readonly string[] | undefined
}

/** Runs a program that has installed a crash point, to be killed after `after` operations. */
export function runUntilCrash(
  script: string,
  args: readonly string[],
  after: number,
  options: RunUntilCrashOptions = {}
): Promise<CrashRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...(options.execArgv ?? process.execArgv), script, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env, [CRASH_VARIABLE]: String(after) },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
      })
    }
    child.once('error', reject)
    child.once('close', (exitCode, signal) => {
      const outcome = signal === 'SIGKILL' ? 'killed' : exitCode === 0 ? 'finished' : 'failed'
      resolve({ outcome, exitCode, signal, ...output })
    })
  })
}
