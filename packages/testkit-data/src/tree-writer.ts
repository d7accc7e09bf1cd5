import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { writeAttributes } from './extended-attributes.ts'
import { encodeRawName } from './raw-names.ts'

export interface WriteOptions {
  readonly mode?: number | undefined
  /** Seconds since 1970. @defaultValue that of the writer */
  readonly time?: number | undefined
}

/** Writes files below one folder, by names in which bytes that are not UTF-8 stand as `encodeRawName` reads them. */
export class TreeWriter {
  readonly #root: string
  readonly #time: number
  readonly #attributes = new Map<string, Record<string, string>>()

  constructor(root: string, time: number) {
    this.#root = root
    this.#time = time
    mkdirSync(root, { recursive: true })
  }

  file(path: string, content: Uint8Array | string, options: WriteOptions = {}): void {
    this.folder(parentOf(path))
    const name = this.#path(path)
    writeFileSync(name, content)
    chmodSync(name, options.mode ?? 0o644)
    utimesSync(name, options.time ?? this.#time, options.time ?? this.#time)
  }

  /** A file of `size` bytes that is nothing but holes, except for `content` at `offset`. */
  sparse(path: string, size: number, offset: number, content: Uint8Array): void {
    this.file(path, '')
    const file = openSync(this.#path(path), 'r+')
    try {
      ftruncateSync(file, size)
      writeSync(file, content, 0, content.byteLength, offset)
    } finally {
      closeSync(file)
    }
    utimesSync(this.#path(path), this.#time, this.#time)
  }

  folder(path: string, mode = 0o755): void {
    if (path === '') return
    mkdirSync(this.#path(path), { recursive: true })
    chmodSync(this.#path(path), mode)
  }

  symlink(path: string, target: string): void {
    this.folder(parentOf(path))
    symlinkSync(encodeRawName(target), this.#path(path))
    lutimesSync(this.#path(path), this.#time, this.#time)
  }

  hardLink(existing: string, path: string): void {
    this.folder(parentOf(path))
    linkSync(this.#path(existing), this.#path(path))
  }

  fifo(path: string): void {
    execFileSync('mkfifo', ['--', `${this.#root}/${path}`])
  }

  rename(from: string, to: string): void {
    this.folder(parentOf(to))
    renameSync(this.#path(from), this.#path(to))
  }

  remove(path: string): void {
    rmSync(this.#path(path), { recursive: true })
  }

  /** A time with more than the milliseconds that Node can set. */
  exactTime(path: string, seconds: bigint, nanoseconds: number): void {
    const stamp = `@${seconds}.${String(nanoseconds).padStart(9, '0')}`
    execFileSync('touch', ['-h', '-d', stamp, '--', `${this.#root}/${path}`])
  }

  /** An extended attribute of the `user.` name space, set by `finish`. */
  attribute(path: string, name: string, value: Uint8Array): void {
    const key = this.#path(path).toString('latin1')
    const values = this.#attributes.get(key) ?? {}
    values[name] = Buffer.from(value).toString('base64')
    this.#attributes.set(key, values)
  }

  /** Sets what must be set last: attributes, then the times of all folders. */
  async finish(): Promise<void> {
    await writeAttributes(this.#attributes)
    this.#dateFolders(Buffer.from(this.#root))
  }

  #dateFolders(folder: Buffer): void {
    for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
      if (entry.isDirectory()) this.#dateFolders(Buffer.concat([folder, Buffer.from('/'), entry.name]))
    }
    utimesSync(folder, this.#time, this.#time)
  }

  #path(path: string): Buffer {
    return Buffer.concat([Buffer.from(`${this.#root}/`), encodeRawName(path)])
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
