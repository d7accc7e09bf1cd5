import type { Catalog, CatalogVolume } from '@tercet/core'
import { isTercetError } from '@tercet/interface'
import { EngineError } from '../common/engine-error.ts'
import type { EventListener } from '../common/events.ts'
import { type FetchOutcome, fetchAhead } from '../common/fetch-ahead.ts'
import type { IssueLog } from '../common/issue-log.ts'
import type { VolumeFetcher } from '../common/volume-fetcher.ts'
import type { ProblemReporter } from './catalog-import.ts'

export interface VolumeIntakeOptions {
  readonly catalog: Catalog
  readonly fetcher: VolumeFetcher
  readonly issues: IssueLog
  readonly emit: EventListener
  readonly signal: AbortSignal | undefined
}

/** Takes one fetched volume into the catalog, and tells of what in it cannot be used. */
export type TakeVolume = (
  volume: CatalogVolume,
  path: string,
  report: ProblemReporter
) => void | Promise<void>

/** Lists that may fail with "wrong passphrase" before it is believed: one alone may have a damaged beginning. */
const PASSPHRASE_ATTEMPTS = 3

/** Fetches volumes and has them taken in, one after the other. One that cannot be used is an issue, and the next one comes. */
export class VolumeIntake {
  readonly #options: VolumeIntakeOptions
  #total = 0
  #done = 0
  #wrongPassphrase = 0

  constructor(options: VolumeIntakeOptions) {
    this.#options = options
  }

  /** Volumes that will come, for who looks at the progress. */
  expect(volumes: number): void {
    this.#total += volumes
  }

  /** @throws EngineError `ENGINE_PASSPHRASE_WRONG` */
  async each(volumes: readonly CatalogVolume[], take: TakeVolume): Promise<void> {
    const { fetcher, emit, signal } = this.#options
    for await (const outcome of fetchAhead(fetcher, volumes, ({ name }) => name, signal)) {
      await this.#takeOne(outcome, take)
      this.#done += 1
      emit({
        type: 'recreate-progress',
        volumes: this.#done,
        totalVolumes: this.#total,
        bytes: fetcher.bytes
      })
    }
  }

  /**
   * Where nothing could be read at all, a volume that the passphrase did not open says why.
   *
   * @throws EngineError `ENGINE_PASSPHRASE_WRONG`
   */
  assertPassphrase(): void {
    if (this.#wrongPassphrase > 0) throw wrongPassphrase()
  }

  async #takeOne(
    { item: volume, volume: fetched, error }: FetchOutcome<CatalogVolume>,
    take: TakeVolume
  ): Promise<void> {
    const { issues } = this.#options
    try {
      if (fetched === undefined) throw error
      await take(volume, fetched.path, ({ code, message, path }) =>
        issues.add({
          code,
          severity: 'warning',
          message: `${volume.name}: ${message}`,
          volume: volume.name,
          ...(path === undefined ? {} : { path })
        })
      )
    } catch (problem) {
      if (!isTercetError(problem) || !isOfOneVolume(problem.code)) throw problem
      this.#notePassphrase(problem.code)
      issues.add({
        code: 'RECREATE_VOLUME_UNREADABLE',
        severity: 'error',
        message: `${volume.name} cannot be read (${problem.code}): ${problem.message}`,
        volume: volume.name
      })
    }
  }

  #notePassphrase(code: string): void {
    const { filesets } = this.#options.catalog
    if (code !== 'CRYPTO_WRONG_PASSPHRASE' || filesets.versions().length > 0) return
    this.#wrongPassphrase += 1
    if (this.#wrongPassphrase >= PASSPHRASE_ATTEMPTS) throw wrongPassphrase()
  }
}

/** Problems of one volume, without which the others can still be used. */
function isOfOneVolume(code: string): boolean {
  if (NEVER_ONE.has(code)) return false
  return (
    code.startsWith('VOLUME_') ||
    code.startsWith('CRYPTO_') ||
    code.startsWith('STORAGE_') ||
    code === 'CATALOG_CONFLICT'
  )
}

const NEVER_ONE: ReadonlySet<string> = new Set([
  'VOLUME_BLOCKSIZE_LIMIT',
  'VOLUME_MANIFEST_VERSION',
  'VOLUME_UNSUPPORTED_COMPRESSION',
  'VOLUME_UNSUPPORTED_ENCRYPTION',
  'CRYPTO_NO_PASSPHRASE',
  'STORAGE_ACCESS_DENIED',
  'STORAGE_CLOSED'
])

function wrongPassphrase(): EngineError {
  return new EngineError(
    'ENGINE_PASSPHRASE_WRONG',
    'The passphrase does not open the volumes of the destination'
  )
}
