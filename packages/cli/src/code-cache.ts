import { statSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** What the place of the cache depends on. */
export interface CodeCachePlace {
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  readonly platform?: NodeJS.Platform | undefined
  readonly home?: string | undefined
  /** Number of the user; undefined where the system has none. */
  readonly user?: number | undefined
}

/**
 * Lets the compiled form of the program's own code be kept for later runs, which a thread that starts then has not to
 * make again. The user decides with Node's variables: `NODE_COMPILE_CACHE` names another folder,
 * `NODE_DISABLE_COMPILE_CACHE` keeps nothing.
 */
export function keepCompiledCode(): void {
  const folder = codeCacheFolder()
  if (folder !== undefined) module.enableCompileCache?.(folder)
}

/**
 * In the user's folder for caches (`$XDG_CACHE_HOME`, on Linux `~/.cache`). Undefined: the user decides otherwise, or
 * the home belongs to somebody else, as after `sudo`, who must not be able to choose what we run.
 */
export function codeCacheFolder({
  environment = process.env,
  platform = process.platform,
  home = homedir(),
  user = process.getuid?.()
}: CodeCachePlace = {}): string | undefined {
  if (environment['NODE_COMPILE_CACHE'] !== undefined) return undefined
  if (environment['NODE_DISABLE_COMPILE_CACHE'] !== undefined) return undefined
  const base = cacheFolder(environment, platform, home)
  const owner = ownerOf(base) ?? ownerOf(home)
  if (owner === undefined || (user !== undefined && owner !== user)) return undefined
  return join(base, 'tercet', 'code')
}

function cacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string
): string {
  const given = environment['XDG_CACHE_HOME']
  if (given !== undefined && isAbsolute(given)) return given
  if (platform === 'win32') return environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local')
  if (platform === 'darwin') return join(home, 'Library', 'Caches')
  return join(home, '.cache')
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid
  } catch {
    return undefined
  }
}
