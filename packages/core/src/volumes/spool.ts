import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { CoreError } from '../core-error.ts'
import { makeFolders } from '../make-folders.ts'

export interface SpoolOptions {
  /** Where the folder is made. @defaultValue the system's folder for temporary files */
  readonly folder?: string | undefined
  /** Milliseconds since 1970. @defaultValue Date.now */
  readonly clock?: (() => number) | undefined
}

/** A folder of one run for volumes on their way, readable by its owner only. */
export interface Spool extends Disposable {
  readonly folder: string
  /** Path of a file in the folder; the file is not made. */
  pathOf(name: string): string
}

const PREFIX = 'tercet-spool-'
/** Folders of other machines or containers cannot be judged by a process number, only by how long nothing changed. */
const FOREIGN_AGE_MS = 7 * 24 * 3_600_000

/**
 * Makes a spool folder, and removes those that processes which are gone have left beside it. Disposing removes the
 * folder with its content.
 *
 * @throws CoreError `SPOOL_FAILED`, `SPOOL_FULL`
 */
export function createSpool(options: SpoolOptions = {}): Spool {
  const parent = options.folder ?? tmpdir()
  const now = options.clock ?? Date.now
  try {
    makeFolders(parent)
    removeLeftovers(parent, now())
    const folder = join(parent, `${PREFIX}${ownTag()}-${randomBytes(6).toString('hex')}`)
    mkdirSync(folder, { mode: 0o700 })
    chmodSync(folder, 0o700)
    return {
      folder,
      pathOf: (name) => join(folder, name),
      [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  } catch (error) {
    throw spoolError(error, parent)
  }
}

/** What a failed file operation in the spool means to whoever runs out of it. */
export function spoolError(error: unknown, folder: string): CoreError {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'UNKNOWN'
  const context = { folder, reason: code }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new CoreError(
      'SPOOL_FULL',
      `No space is left in ${folder}, where volumes wait until they are stored; free some or name another folder`,
      { cause: error, context }
    )
  }
  return new CoreError('SPOOL_FAILED', `The folder for temporary files ${folder} cannot be used: ${code}`, {
    cause: error,
    context
  })
}

function removeLeftovers(parent: string, now: number): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue
    const path = join(parent, name)
    try {
      if (isLeftover(path, name, now)) rmSync(path, { recursive: true, force: true })
    } catch {
      // Gone meanwhile, or not ours to remove: neither concerns this run.
    }
  }
}

function isLeftover(path: string, name: string, now: number): boolean {
  const stat = lstatSync(path)
  if (!stat.isDirectory() || stat.uid !== (process.getuid?.() ?? stat.uid)) return false
  const [machine, pid, start] = name.slice(PREFIX.length).split('-')
  if (machine !== machineTag()) return now - stat.mtimeMs > FOREIGN_AGE_MS
  return startOf(Number(pid)) !== start
}

/** `machine-pid-start`: a number alone may have been given to another process since. */
function ownTag(): string {
  return `${machineTag()}-${process.pid}-${startOf(process.pid)}`
}

/** Tells apart the systems that may share a folder: a process number means something within one of them only. */
function machineTag(): string {
  let namespace = ''
  try {
    namespace = readlinkSync('/proc/self/ns/pid')
  } catch {
    // Only Linux has these.
  }
  return createHash('sha256').update(`${hostname()}\n${namespace}`).digest('hex').slice(0, 12)
}

/** When the process started, in a unit of the system's own, or `x` where that is not told; undefined: it is gone. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program, in parentheses, may hold anything; field 22 of the rest is the start in clock ticks.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return isAlive(pid) ? 'x' : undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
