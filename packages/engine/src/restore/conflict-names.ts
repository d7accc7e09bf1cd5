import { basename, dirname, extname, join } from 'node:path'

/** Names that are tried before a restore gives up on a file. */
const MAX_ATTEMPTS = 100

/**
 * The names for a restored file whose own name is taken: `name.2024-05-01.ext` with the date of the version, then
 * `name.2024-05-01 (0).ext` and so on.
 *
 * @param versionTime seconds since 1970
 */
export function* conflictNames(path: string, versionTime: number): Generator<string> {
  const extension = extname(path)
  const stem = join(dirname(path), basename(path, extension))
  const dated = `${stem}.${new Date(versionTime * 1000).toISOString().slice(0, 10)}`
  yield dated + extension
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) yield `${dated} (${attempt})${extension}`
}
