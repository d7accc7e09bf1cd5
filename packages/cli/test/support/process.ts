import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const signalItself = new URL('./signal-itself.mjs', import.meta.url).href

/** Where this process keeps compiled modules, if anywhere: for those that have an environment of their own. */
export const COMPILE_CACHE: Readonly<Record<string, string>> =
  process.env['NODE_COMPILE_CACHE'] === undefined
    ? {}
    : { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }

export interface ProcessResult {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly error: string
}

/** Signals that the program sends itself when it has printed a line that matches, or the n-th one that does. */
export interface OwnSignals {
  readonly signals: readonly NodeJS.Signals[]
  readonly pattern: RegExp
  /** @defaultValue 1 */
  readonly occurrence?: number
}

/** The program as a process of its own, from the sources. What it prints is kept, and can be waited for. */
export class ProgramProcess {
  readonly child: ChildProcess
  readonly #ended: Promise<ProcessResult>
  readonly #lines: string[] = []
  readonly #waiting = new Set<() => void>()
  #isOver = false

  constructor(argv: readonly string[], environment: Readonly<Record<string, string>>, own?: OwnSignals) {
    const preloaded = own === undefined ? [] : ['--import', signalItself]
    this.child = spawn(process.execPath, ['--conditions=@tercet/source', ...preloaded, entry, ...argv], {
      env: { PATH: dirname(process.execPath), ...COMPILE_CACHE, ...environment, ...variables(own) },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let error = ''
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (error += text))
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.#lines.push(line)
      this.#wake()
    })
    this.#ended = once(this.child, 'close').then(([exitCode, signal]) => {
      this.#isOver = true
      this.#wake()
      return { exitCode, signal, out: this.#lines.map((line) => `${line}\n`).join(''), error }
    })
  }

  /** Resolves when the program has printed a line that matches. @throws Error when it ends without one */
  async said(pattern: RegExp): Promise<void> {
    for (let at = 0; ; ) {
      for (; at < this.#lines.length; at++) if (pattern.test(this.#lines[at]!)) return
      if (this.#isOver) throw new Error(`The program ended without ${pattern}: ${(await this.#ended).error}`)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  async ended(): Promise<ProcessResult> {
    return await this.#ended
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

function variables(own: OwnSignals | undefined): Record<string, string> {
  if (own === undefined) return {}
  const { signals, pattern, occurrence = 1 } = own
  return { TERCET_SIGNAL_ITSELF: JSON.stringify({ pattern: pattern.source, occurrence, signals }) }
}
