import assert from 'node:assert/strict'
import {
  type ByteSource,
  bytesSource,
  type Capabilities,
  isTercetError,
  type ListOptions,
  type PutOptions,
  type StorageBackend,
  type StorageEntry,
  type StorageErrorCode
} from '@tercet/interface'
import type { BackendTarget, ConformanceCase } from './backend-target.ts'

/** A case and how it is checked. Runs on a store of its own; rejects when the backend does not conform. */
export interface RunnableCase extends ConformanceCase {
  run(context: CaseContext): Promise<void>
}

/** How often an eventual listing is asked again, and how long in between. */
const LISTING_ATTEMPTS = 50
const LISTING_PAUSE_MS = 200

/** What a case works with: the backend and shorthands for what nearly every case does. */
export class CaseContext {
  readonly backend: StorageBackend
  readonly target: BackendTarget

  constructor(backend: StorageBackend, target: BackendTarget) {
    this.backend = backend
    this.target = target
  }

  get capabilities(): Capabilities {
    return this.backend.capabilities
  }

  /** A path in a folder where the store has folders, else a flat name; what it needs is made. */
  async folder(name: string): Promise<string> {
    if (!this.capabilities.nestedNames) return `${name}-`
    if (this.capabilities.createFolder) await this.backend.createFolder(name)
    return `${name}/`
  }

  put(path: string, content: string | Uint8Array, options?: PutOptions): Promise<StorageEntry> {
    return this.backend.put(path, sourceOf(content), options)
  }

  async read(path: string): Promise<Buffer> {
    return Buffer.concat(await collect(this.backend.get(path)))
  }

  /** The content is exactly this. */
  async assertContent(path: string, content: string | Uint8Array, message?: string): Promise<void> {
    const found = await this.read(path)
    const wanted = Buffer.from(content as Uint8Array)
    const what = message ?? `content of ${JSON.stringify(path)}`
    assert.equal(found.byteLength, wanted.byteLength, `${what}: number of bytes`)
    assert.ok(found.equals(wanted), `${what}: other bytes than were put`)
  }

  /** Nothing has this path, by every way of asking. */
  async assertAbsent(path: string): Promise<void> {
    await assertCode(this.backend.stat(path), 'STORAGE_NOT_FOUND', `stat of absent ${path}`)
    await assertCode(collect(this.backend.get(path)), 'STORAGE_NOT_FOUND', `get of absent ${path}`)
    await this.assertListed({}, (paths) => !paths.includes(path), `${path} must not be listed`)
  }

  async paths(options?: ListOptions): Promise<string[]> {
    const entries = await collect(this.backend.list(options))
    return entries.map(({ path }) => path).sort()
  }

  /** A listing holds exactly these paths, each once. */
  async assertPaths(wanted: readonly string[], options: ListOptions = {}): Promise<void> {
    const sorted = [...wanted].sort()
    const isEqual = (paths: readonly string[]) => JSON.stringify(paths) === JSON.stringify(sorted)
    const paths = await this.#listUntil(options, isEqual)
    if (sorted.length <= 50) assert.deepEqual(paths, sorted, `list ${JSON.stringify(options)}`)
    assert.equal(paths.length, sorted.length, `number of entries of list ${JSON.stringify(options)}`)
    assert.ok(isEqual(paths), `list ${JSON.stringify(options)} yields other paths than were put`)
  }

  async assertListed(
    options: ListOptions,
    accept: (paths: readonly string[]) => boolean,
    message: string
  ): Promise<void> {
    assert.ok(accept(await this.#listUntil(options, accept)), message)
  }

  // An eventual listing is given time; an immediate one must be right at once.
  async #listUntil(options: ListOptions, accept: (paths: readonly string[]) => boolean): Promise<string[]> {
    let paths = await this.paths(options)
    if (this.capabilities.listing === 'immediate') return paths
    for (let attempt = 1; attempt < LISTING_ATTEMPTS && !accept(paths); attempt++) {
      await new Promise((resolve) => setTimeout(resolve, LISTING_PAUSE_MS))
      paths = await this.paths(options)
    }
    return paths
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}

export function sourceOf(content: string | Uint8Array): ByteSource {
  return bytesSource(typeof content === 'string' ? new TextEncoder().encode(content) : content)
}

/** A source that yields `chunks`, whatever size it announces, and runs functions among them when it gets there. */
export function scriptedSource(
  size: number,
  ...chunks: readonly (Uint8Array | string | (() => unknown))[]
): ByteSource {
  return {
    size,
    async *open() {
      for (const chunk of chunks) {
        if (typeof chunk === 'function') await chunk()
        else yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
      }
    }
  }
}

/** Bytes that differ at every place and between seeds, so that no mix-up goes unnoticed. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = (seed * 0x9e3779b1) >>> 0 || 1
  for (let index = 0; index < length; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = state & 255
  }
  return bytes
}

/** What a promise rejects with; fails when it does not reject. */
export async function rejectionOf(promise: Promise<unknown>, what: string): Promise<unknown> {
  const outcome = await promise.then(
    () => ({ resolved: true as const }),
    (error: unknown) => ({ resolved: false as const, error })
  )
  if (outcome.resolved) assert.fail(`${what} must reject`)
  return outcome.error
}

/** The promise rejects with an error of the contract with this code. */
export async function assertCode(
  promise: Promise<unknown>,
  code: StorageErrorCode | readonly StorageErrorCode[],
  what: string
): Promise<void> {
  const error = await rejectionOf(promise, what)
  assert.ok(
    isTercetError<StorageErrorCode>(error),
    `${what} must reject with a StorageError, not ${String(error)}`
  )
  const codes = typeof code === 'string' ? [code] : code
  assert.ok(
    codes.includes(error.code),
    `${what} must reject with ${codes.join(' or ')}, not ${error.code}: ${error.message}`
  )
  assert.ok(
    ['never', 'may-help', 'exhausted'].includes(error.retry),
    `${what}: error.retry is ${error.retry}`
  )
}

/** The promise rejects with exactly this value. */
export async function assertReason(promise: Promise<unknown>, reason: unknown, what: string): Promise<void> {
  const error = await rejectionOf(promise, what)
  assert.ok(error === reason, `${what} must reject with signal.reason itself, not ${String(error)}`)
}
