import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { type SourceChanges, scanOptionsOfSelection } from '@tercet/engine'
import { ConfigurationError } from '@tercet/interface'
import { type ChangeSet, isGap } from '@tercet/source-watch'
import type { RunOptions } from '../operation-options.ts'

/** What a journal says, as a run takes it. */
export function namedBy({ dirty, unknown, baseline }: ChangeSet, since: string | undefined): SourceChanges {
  return {
    paths: [...dirty],
    folders: unknown.map(({ path }) => path),
    hasGaps: unknown.some(isGap),
    since,
    baseline: baseline === '' ? undefined : baseline
  }
}

/** A scan of everything is cheaper than one of every root as a folder in doubt, and tells the same. */
export function isAllInDoubt(roots: readonly string[], { unknown }: ChangeSet): boolean {
  return roots.every((root) => unknown.some(({ path }) => path === root))
}

/** Whether what happened to a path decides on nothing else than that path. */
export function eventsDecide({ symlinkPolicy, excludeEmptyFolders }: RunOptions): boolean {
  return symlinkPolicy !== 'follow' && excludeEmptyFolders !== true
}

/** The journal of a backup, where none is named. @throws ConfigurationError `CONFIG_MISSING` */
export function defaultJournal(catalogPath: string | undefined): string {
  if (catalogPath !== undefined) return `${catalogPath}.watch`
  throw new ConfigurationError(
    'CONFIG_MISSING',
    'watch: without a catalog that stays, name a file with "journalPath"'
  )
}

/** Which backup a journal is kept for: a record of another selection or another catalog says nothing of this one. */
export function purposeOf(selection: RunOptions, catalogPath: string | undefined): string {
  const sources = selection.sources.map((source) => resolve(source)).sort()
  const text = JSON.stringify([catalogPath ?? '', { ...scanOptionsOfSelection(selection), sources }])
  return createHash('sha256').update(text).digest('hex')
}
