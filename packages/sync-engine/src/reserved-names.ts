/**
 * Names at a replica that the synchronization gives itself. They are invisible to the comparison, whatever the primary
 * holds, and no reader of a backup takes one for a volume.
 */
import { randomBytes } from 'node:crypto'

/** The opt-in file that says what a replica is a copy of. */
export const MARKER_NAME = 'tercet-replica.json'

const TEMPORARY = /^\.tercet-sync-[0-9a-f]{16}\.tmp$/
const RETAINED = /^(?<stamp>\d{14})(?:-\d+)?\.old\.(?<name>.+)$/s

/** Splits a path into its folder, with the slash, and its last segment. */
function split(path: string): [folder: string, name: string] {
  const at = path.lastIndexOf('/') + 1
  return [path.slice(0, at), path.slice(at)]
}

/** A name in the folder of `path` for a file that is not complete yet. */
export function temporaryNameFor(path: string): string {
  return `${split(path)[0]}.tercet-sync-${randomBytes(8).toString('hex')}.tmp`
}

/** True for what an interrupted run has left behind. */
export function isTemporaryName(path: string): boolean {
  return TEMPORARY.test(split(path)[1])
}

/** `20250131235959.old.<name>`, with `-<attempt>` behind the stamp from the second try on, should the name be taken. */
export function retainedNameFor(path: string, atMs: number, attempt = 0): string {
  const stamp = new Date(atMs).toISOString().replace(/\D/g, '').slice(0, 14)
  const [folder, name] = split(path)
  return `${folder}${stamp}${attempt === 0 ? '' : `-${attempt}`}.old.${name}`
}

/** When a file was renamed instead of deleted, and what it was called; undefined for any other name. */
export function parseRetainedName(path: string): { path: string; retainedAtMs: number } | undefined {
  const [folder, last] = split(path)
  const groups = RETAINED.exec(last)?.groups
  if (groups?.['stamp'] === undefined || groups['name'] === undefined) return undefined
  const [year, month, day, hour, minute, second] = ['0-4', '4-6', '6-8', '8-10', '10-12', '12-14'].map(
    (range) => {
      const [from, to] = range.split('-').map(Number)
      return Number(groups['stamp']?.slice(from, to))
    }
  ) as [number, number, number, number, number, number]
  return {
    path: folder + groups['name'],
    retainedAtMs: Date.UTC(year, month - 1, day, hour, minute, second)
  }
}

/** True for a name that only the synchronization gives: it is no part of what is copied. */
export function isReservedName(path: string): boolean {
  return isTemporaryName(path) || path === MARKER_NAME || parseRetainedName(path) !== undefined
}
