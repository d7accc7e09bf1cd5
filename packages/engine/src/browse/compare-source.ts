import type { CallOptions } from '@tercet/interface'
import type { ReadingContext } from '../common/context.ts'
import type { VersionChoice } from '../common/select-version.ts'
import type { BrowseContext } from './browse.ts'
import type { Difference } from './compare.ts'

export interface CompareSourceOptions extends VersionChoice, CallOptions {
  /** `metadata`: type, size and time of the last change. `content`: files are read and hashed, too. @defaultValue metadata */
  readonly by?: 'metadata' | 'content' | undefined
  /** Files and folders to look at. @defaultValue the roots of the version */
  readonly sources?: readonly string[] | undefined
  /** Ordered filter rules for the walk, as the backup had them. */
  readonly filters?: readonly string[] | undefined
}

/**
 * Streams what differs between exactly one version (`before`) and the files as they are now (`after`), folder by
 * folder, as they are asked for. A file that cannot be read counts as different.
 *
 * @throws CoreError `CATALOG_NO_SUCH_VERSION`; SourceError `FILTER_INVALID`; ConfigurationError; the reason of `signal`
 */
export async function compareSource(
  context: BrowseContext & Partial<Pick<ReadingContext, 'backend'>>,
  options: CompareSourceOptions = {}
): Promise<Iterable<Difference>> {
  const { sourceDifferences } = await import('./source-differences.ts')
  return sourceDifferences(context, options)
}
