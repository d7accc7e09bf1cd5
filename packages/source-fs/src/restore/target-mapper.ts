import { resolve } from 'node:path'
import { currentPlatform, type Platform, separatorOf } from '../platform.ts'
import { SourceError } from '../source-error.ts'
import { nameProblem, parseStoredPath, type StoredPath } from './stored-path.ts'

export interface TargetMapperOptions {
  /** Where to restore to; undefined: where the files were. */
  readonly restorePath?: string | undefined
  /** What is taken off each path, see `restorePrefix`. */
  readonly prefix: string
  /** Keep the whole path below `restorePath`, a drive or share as folders. @defaultValue false */
  readonly keepFullPaths?: boolean | undefined
  readonly platform?: Platform | undefined
}

export interface TargetMapper {
  /** The folder below which everything is written. */
  readonly root: string
  /**
   * Where a stored path goes: names below `root`, joined by `/`, without a trailing one; '' is the root itself.
   *
   * @throws SourceError `RESTORE_PATH_INVALID` when it cannot exist on this system or would lie elsewhere
   */
  map(storedPath: string): string
}

/**
 * Maps paths of a backup from any system to places below one folder of this one. Together with a restore target, which
 * refuses links on the way, this is the containment of a restore.
 *
 * @throws SourceError `RESTORE_PATH_INVALID` when the original place is on another kind of system
 */
export function createTargetMapper(options: TargetMapperOptions): TargetMapper {
  const platform = options.platform ?? currentPlatform()
  const { restorePath, prefix } = options
  const base = prefix === '' ? undefined : parseStoredPath(prefix)
  if (prefix !== '' && base === undefined) throw invalid(prefix, 'is no absolute path')
  if (restorePath === undefined) {
    const root = originalRoot(prefix, base, platform)
    return { root, map: (path) => toRelative(path, base, false, platform) }
  }
  const full = options.keepFullPaths === true
  return {
    root: resolve(restorePath),
    map: (path) => toRelative(path, full ? undefined : base, true, platform)
  }
}

function originalRoot(prefix: string, base: StoredPath | undefined, platform: Platform): string {
  const system = platform === 'windows' ? 'windows' : 'posix'
  if (base === undefined) {
    if (platform === 'windows') return ''
    throw invalid(prefix, 'has no folder in common with others on this system: name a folder to restore to')
  }
  if (base.system !== system) {
    throw invalid(prefix, 'was backed up on another kind of system: name a folder to restore to')
  }
  return prefix
}

function toRelative(
  path: string,
  base: StoredPath | undefined,
  isElsewhere: boolean,
  platform: Platform
): string {
  const stored = parseStoredPath(path)
  if (stored === undefined) throw invalid(path, 'is no absolute path, or leads out of its folder')
  let names = stored.names
  if (base !== undefined) {
    const isBelow =
      stored.root === base.root &&
      stored.system === base.system &&
      base.names.every((name, at) => stored.names[at] === name)
    if (!isBelow) throw invalid(path, 'lies outside of what is restored')
    names = names.slice(base.names.length)
  } else if (stored.root !== '') {
    names = [...rootNames(stored.root, isElsewhere), ...names]
  }
  for (const [at, name] of names.entries()) {
    if (!isElsewhere && base === undefined && at === 0) continue
    const problem = nameProblem(name, platform)
    if (problem !== undefined) throw invalid(path, `cannot exist on this system: "${name}" ${problem}`)
  }
  return names.join('/')
}

/** A drive or share as names of folders; in the original place, as itself. */
function rootNames(root: string, isElsewhere: boolean): readonly string[] {
  if (!isElsewhere) return [root]
  return root.startsWith('\\\\') ? root.slice(2).split('\\') : [root.slice(0, 1)]
}

/** The full path on this system of a name below a root. */
export function joinTarget(root: string, relative: string, platform: Platform): string {
  const separator = separatorOf(platform)
  const native = platform === 'windows' ? relative.replaceAll('/', separator) : relative
  if (relative === '' || root === '') return root + native
  return root.endsWith(separator) ? root + native : root + separator + native
}

function invalid(path: string, reason: string): SourceError {
  return new SourceError('RESTORE_PATH_INVALID', `${path} ${reason}`, { context: { path, reason } })
}
