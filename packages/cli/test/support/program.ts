import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../src/cli.ts'
import { COMMANDS } from '../../src/commands.ts'
import { FakeIo, type FakeIoOptions } from './fake-io.ts'

/** A folder with sources, a place for a destination, and a user's folder for data; the program runs in this process. */
export class Workplace implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tercet-cli-'))
  readonly source = this.path('source')
  readonly destination = this.path('destination')
  readonly restored = this.path('restored')
  readonly environment: Record<string, string>

  constructor(files: Readonly<Record<string, string>> = { 'a.txt': 'alpha', 'sub/b.txt': 'beta' }) {
    this.environment = { XDG_DATA_HOME: this.path('data'), PASSPHRASE: 'hunter2' }
    mkdirSync(this.source)
    for (const [name, text] of Object.entries(files)) this.write(name, text)
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, text: string): void {
    const path = join(this.source, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
  }

  volumes(type: 'dblock' | 'dindex' | 'dlist'): string[] {
    return readdirSync(this.destination)
      .filter((name) => name.includes(`.${type}.`))
      .sort()
  }

  /** Runs the program in this process and on one thread, which is quick. */
  async run(...argv: string[]): Promise<ProgramResult> {
    return await this.runWith({}, ...argv)
  }

  async runWith(options: FakeIoOptions, ...given: string[]): Promise<ProgramResult> {
    const argv = takesThreads(given) ? [...given, '--workers=0'] : given
    const environment = { ...this.environment, ...options.environment }
    const before = process.env['XDG_DATA_HOME']
    process.env['XDG_DATA_HOME'] = environment['XDG_DATA_HOME']
    const io = new FakeIo({ ...options, environment })
    try {
      const exitCode = await main(argv, io)
      return { exitCode, out: io.stdout.text, error: io.stderr.text, io }
    } finally {
      if (before === undefined) delete process.env['XDG_DATA_HOME']
      else process.env['XDG_DATA_HOME'] = before
    }
  }

  /** A first backup, which must succeed. */
  async backUp(...options: string[]): Promise<ProgramResult> {
    const result = await this.run('backup', this.destination, this.source, ...options)
    if (result.exitCode !== 0) throw new Error(`The backup failed: ${result.out}${result.error}`)
    return result
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The command works at a destination, and nothing is said of threads. */
function takesThreads(argv: readonly string[]): boolean {
  const spec = COMMANDS.find(({ name }) => name === argv[0])
  if (!spec?.operations?.includes('open')) return false
  return !argv.some((argument) => argument === '--' || argument.startsWith('--workers'))
}

export interface ProgramResult {
  readonly exitCode: number
  readonly out: string
  readonly error: string
  readonly io: FakeIo
}
