import * as fs from 'node:fs'
import type { FileCalls } from '@tercet/testkit-data'

const NAMES = [
  'appendFileSync',
  'chmodSync',
  'linkSync',
  'mkdirSync',
  'renameSync',
  'rmSync',
  'symlinkSync',
  'truncateSync',
  'utimesSync',
  'writeFileSync'
] as const satisfies readonly (keyof FileCalls)[]
const LINES_AT_ONCE = 500

/** Calls that change files, counted and written to a log when they have succeeded. */
export class LoggedFiles implements Disposable {
  readonly calls: FileCalls
  readonly #log: number
  #lines: string[] = []
  #count = 0

  constructor(logPath: string) {
    this.#log = fs.openSync(logPath, 'a')
    this.calls = Object.fromEntries(NAMES.map((name) => [name, this.#logged(name)])) as unknown as FileCalls
  }

  get count(): number {
    return this.#count
  }

  flush(): void {
    fs.writeSync(this.#log, this.#lines.join(''))
    this.#lines = []
  }

  [Symbol.dispose](): void {
    this.flush()
    fs.closeSync(this.#log)
  }

  #logged(name: (typeof NAMES)[number]) {
    // biome-ignore lint/performance/noDynamicNamespaceImportAccess: nothing is bundled here
    const call = fs[name] as (...parameters: unknown[]) => unknown
    return (...parameters: unknown[]) => {
      call(...parameters)
      this.#count += 1
      const second = name === 'renameSync' || name === 'linkSync' ? `\t${parameters[1]}` : ''
      this.#lines.push(`${name.slice(0, -4)}\t${parameters[0]}${second}\n`)
      if (this.#lines.length >= LINES_AT_ONCE) this.flush()
    }
  }
}
