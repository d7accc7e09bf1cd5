import { GRAMMAR, parseVolumeName, type VolumeName } from './volume-name.ts'

/** What a file at a destination is, by its name. */
export type RemoteName =
  | { readonly kind: 'volume'; readonly volume: VolumeName }
  /** Belongs to the volume of that name without its suffix; serves for mending, never read as a volume. */
  | { readonly kind: 'parity'; readonly volume: VolumeName }
  | { readonly kind: 'verification' }
  /** Left over by a connection test of Duplicati. */
  | { readonly kind: 'access-test' }
  /** Another prefix, a soft-deleted volume, or nothing of this format. */
  | { readonly kind: 'foreign' }

const ACCESS_TEST_NAME = 'duplicati-access-privileges-test.tmp'

/**
 * Names that are not `foreign` with one prefix or another, as regular expressions in text: what a destination's own
 * files look like to somebody who comes by and does not know its prefix.
 */
export const REMOTE_NAME_PATTERNS: readonly string[] = Object.freeze([
  GRAMMAR.source,
  '^[^-]+-verification\\.json$',
  `^${ACCESS_TEST_NAME.replace('.', '\\.')}$`
])

/** Name of the optional list of volumes (format section 1.3). */
export function verificationFileName(prefix: string): string {
  return `${prefix}-verification.json`
}

/** Sorts a remote name into its kind. Every name at a destination goes through here before anything is opened. */
export function classifyRemoteName(
  name: string,
  options: { readonly prefix: string; readonly caseInsensitive?: boolean | undefined }
): RemoteName {
  const volume = parseVolumeName(name, options)
  if (volume !== undefined) return { kind: volume.parity === undefined ? 'volume' : 'parity', volume }
  if (name === verificationFileName(options.prefix)) return { kind: 'verification' }
  if (name === ACCESS_TEST_NAME) return { kind: 'access-test' }
  return { kind: 'foreign' }
}
