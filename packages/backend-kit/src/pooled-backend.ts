import {
  abortable,
  type CallOptions,
  type GetOptions,
  isRanged,
  isTercetError,
  resolveRange,
  untilAborted
} from '@tercet/interface'
import { FileServerBackend, type FileServerSettings } from './file-server-backend.ts'
import type { Pool } from './pool.ts'
import type { PooledFiles } from './server-files.ts'

/** What is said only when the connection is well. */
const PLAIN: ReadonlySet<string> = new Set(['STORAGE_NOT_FOUND', 'STORAGE_EXISTS', 'STORAGE_INVALID_PATH'])

/** A connection that serves one call at a time. */
export interface PooledSession {
  readonly isOpen: boolean
  /** Everything that is under way fails. */
  close(): void
}

/**
 * A backend on a server of files that is reached by a pool of connections, each of which does one thing at a time. Who gives
 * up closes the connection, so that nothing goes on.
 */
export abstract class PooledBackend<
  Session extends PooledSession,
  Files extends PooledFiles
> extends FileServerBackend<Files> {
  readonly #pool: Pool<Session>

  constructor(pool: Pool<Session>, settings: FileServerSettings) {
    super(settings)
    this.#pool = pool
  }

  /** The files of the server by one connection. */
  protected abstract filesOf(session: Session): Files

  /** True for failures after which the connection is well: the server has answered, and that was no. */
  protected abstract isAnswer(error: unknown): boolean

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.begin(options, path)
    resolveRange(options, 0)
    const signal = options?.signal
    const lease = await this.#pool.lease(signal)
    const giveUp = (): void => lease.connection.close()
    signal?.addEventListener('abort', giveUp)
    let isWell = false
    try {
      yield* abortable(this.#read(this.filesOf(lease.connection), path, options), signal)
      isWell = true
    } catch (error) {
      signal?.throwIfAborted()
      isWell = this.#isWellAfter(error)
      throw error
    } finally {
      signal?.removeEventListener('abort', giveUp)
      await lease.release(isWell)
    }
  }

  protected override async with<Result>(
    options: CallOptions | undefined,
    work: (files: Files) => Promise<Result>
  ): Promise<Result> {
    const signal = options?.signal
    return await this.#pool.use(
      signal,
      (session) => untilAborted(work(this.filesOf(session)), signal),
      (error) => this.#isWellAfter(error)
    )
  }

  protected override async close(): Promise<void> {
    await super.close()
    await this.#pool.close()
  }

  #isWellAfter(error: unknown): boolean {
    return (isTercetError(error) && PLAIN.has(error.code)) || this.isAnswer(error)
  }

  async *#read(
    files: Files,
    path: string,
    options: GetOptions | undefined
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const whole = isRanged(options) ? undefined : files.downloadWhole?.(path)
    if (whole !== undefined) {
      yield* whole
      return
    }
    const { sizeBytes } = await this.find(files, path) // some servers open folders, too
    const { start, end } = resolveRange(options, sizeBytes ?? Number.MAX_SAFE_INTEGER)
    if (start < end) yield* files.download(path, { start, end, sizeBytes })
  }
}
