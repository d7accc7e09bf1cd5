import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { ChildLine } from './child.ts'

/** `tercet` watches as it does by itself, `tercet-inotify` folder by folder. */
export const WATCHERS = ['tercet', 'tercet-inotify', 'chokidar', 'parcel'] as const
export type Watcher = (typeof WATCHERS)[number]

export function isTercet(watcher: Watcher): boolean {
  return watcher.startsWith('tercet')
}

/** Watches of a watcher whose limit is lowered. */
const FEW_WATCHES = 150
/** A user namespace has a limit of its own. */
const LIMITED = `echo ${FEW_WATCHES} > /proc/sys/user/max_inotify_watches && exec "$0" "$@"`

/** Whether this system lets the limit be lowered for one process. */
export const canLimit = spawnSync('unshare', ['-Ur', 'sh', '-c', LIMITED, 'true']).status === 0

/** A watcher in a process of its own. */
export class WatchedProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #ended: Promise<unknown>
  readonly #lines: ChildLine[] = []
  #wake: () => void = () => {}
  #hasEnded = false

  constructor(watcher: Watcher, root: string, place: string, isLimited: boolean) {
    const program = fileURLToPath(
      new URL(isTercet(watcher) ? './watch-with-tercet.ts' : './watch-with-hints.ts', import.meta.url)
    )
    const node = [
      process.execPath,
      '--conditions=@tercet/source',
      '--disable-warning=ExperimentalWarning',
      program,
      root,
      ...(isTercet(watcher) ? [place, ...watcher.split('-').slice(1)] : [watcher])
    ]
    const [command, ...parameters] = isLimited ? ['unshare', '-Ur', 'sh', '-c', LIMITED, ...node] : node
    this.#child = spawn(command!, parameters, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdin.on('error', () => {})
    this.#ended = once(this.#child, 'exit').then(() => {
      this.#hasEnded = true
      this.#wake()
    })
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#lines.push(JSON.parse(line) as ChildLine)
      this.#wake()
    })
  }

  /** The next thing that it says; undefined: it has ended. */
  async next(): Promise<ChildLine | undefined> {
    for (;;) {
      const line = this.#lines.shift()
      if (line !== undefined || this.#hasEnded) return line
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  tell(command: string): void {
    this.#child.stdin.write(`${command}\n`)
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  /** Ends it at once, whatever it is doing. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return
    this.tell('stop')
    await this.#ended
  }
}
