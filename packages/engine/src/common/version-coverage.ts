import type { Catalog, CatalogReader } from '@tercet/core'
import { isoTime } from './iso-time.ts'

/** How a version found out what changed. Known of versions that this catalog saw being made. */
export interface VersionCoverage {
  /**
   * - `scan` everything was looked at
   * - `events` only what a watcher had heard of, without a gap
   * - `mixed` that, and everything where it had a gap
   * - `listed` only what somebody listed
   */
  readonly kind: 'scan' | 'events' | 'mixed' | 'listed'
  /** With `events` and `mixed`: from when on the watcher had listened. ISO 8601. */
  readonly since?: string | undefined
  /** When everything was looked at last, at the time of the version. ISO 8601; undefined: not known. */
  readonly lastFullScanAt?: string | undefined
}

const PREFIX = 'coverage/'
const LAST_SCAN = 'last-full-scan'

/** A run that looked at its sources to the end, or as far as it came. */
export interface CoveredRun {
  readonly coverage: Omit<VersionCoverage, 'lastFullScanAt'>
  /** The version that it made. */
  readonly published: number | undefined
  readonly isComplete: boolean
  /** Milliseconds since 1970. */
  readonly startedAtMs: number
}

/** Keeps how a run's version was found, and when everything was looked at last. */
export function noteCoverage(catalog: Catalog, run: CoveredRun): void {
  if (run.coverage.kind === 'scan' && run.isComplete)
    catalog.settings.set(LAST_SCAN, isoTime(Math.floor(run.startedAtMs / 1000)))
  const version = run.published === undefined ? undefined : catalog.filesets.bySeq(run.published)
  if (version !== undefined) writeCoverage(catalog, version.time, run.coverage)
}

/** ISO 8601; undefined: not known. */
export function lastFullScan(catalog: CatalogReader): string | undefined {
  const value = catalog.settings.get(LAST_SCAN)
  return typeof value === 'string' ? value : undefined
}

/** Says how the version of this time was found, and forgets what was said of versions that are gone. */
function writeCoverage(
  catalog: Catalog,
  time: number,
  coverage: Omit<VersionCoverage, 'lastFullScanAt'>
): void {
  const { settings, filesets } = catalog
  const value: VersionCoverage = { ...coverage, lastFullScanAt: lastFullScan(catalog) }
  catalog.transaction(() => {
    settings.set(PREFIX + time, JSON.stringify(value))
    const known = new Set(filesets.all().map((fileset) => PREFIX + fileset.time))
    for (const key of settings.all().keys())
      if (key.startsWith(PREFIX) && !known.has(key)) settings.set(key, undefined)
  })
}

export function readCoverage(catalog: CatalogReader, time: number): VersionCoverage | undefined {
  const value = catalog.settings.get(PREFIX + time)
  return typeof value === 'string' ? (JSON.parse(value) as VersionCoverage) : undefined
}
