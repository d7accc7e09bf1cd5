import { SyncPolicyError } from '../sync-policy-error.ts'
import type { CountedBackup, DestinationState, HeldVersions, SyncState } from './sync-state.ts'

/** More than any number of destinations needs. */
const MOST_CHARACTERS = 4 * 1024 * 1024

/** The state as text, to be kept wherever the caller keeps it. */
export function encodeSyncState(state: SyncState): string {
  return `${JSON.stringify(state, null, 2)}\n`
}

/**
 * Reads what {@link encodeSyncState} wrote. What it does not understand it does not guess.
 *
 * @throws SyncPolicyError `SYNC_STATE_CORRUPT`; `SYNC_STATE_TOO_NEW` for one that must not be overwritten
 */
export function decodeSyncState(text: string): SyncState {
  const value = parse(text)
  if (typeof value['version'] === 'number' && value['version'] > 1)
    throw new SyncPolicyError(
      'SYNC_STATE_TOO_NEW',
      `The state of replication has version ${value['version']}; this program knows version 1`,
      { context: { version: value['version'] } }
    )
  if (value['version'] !== 1) throw corrupt('it has no version')
  const destinations: Record<string, DestinationState> = Object.create(null)
  for (const [id, state] of Object.entries(objectOf(value['destinations'], 'destinations')))
    destinations[id] = destinationOf(objectOf(state, id), id)
  return { version: 1, lastBackup: backupOf(value['lastBackup'], 'lastBackup'), destinations }
}

type Fields = Readonly<Record<string, unknown>>

function parse(text: string): Fields {
  if (text.length > MOST_CHARACTERS) throw corrupt('it is too long')
  try {
    return objectOf(JSON.parse(text), 'it')
  } catch (error) {
    if (error instanceof SyncPolicyError) throw error
    throw corrupt('it is not JSON')
  }
}

function destinationOf(fields: Fields, id: string): DestinationState {
  return {
    lastAttemptAt: numberOf(fields, 'lastAttemptAt', id),
    lastSuccessAt: numberOf(fields, 'lastSuccessAt', id),
    syncedBackup: backupOf(fields['syncedBackup'], id),
    holds: heldOf(fields['holds'], id),
    consecutiveFailures: numberOf(fields, 'consecutiveFailures', id) ?? 0,
    lastErrorCode: textOf(fields, 'lastErrorCode', id)
  }
}

function backupOf(value: unknown, where: string): CountedBackup | undefined {
  if (value === undefined) return undefined
  const fields = objectOf(value, where)
  const id = textOf(fields, 'id', where)
  const startedAt = numberOf(fields, 'startedAt', where)
  const number = numberOf(fields, 'number', where)
  if (id === undefined || startedAt === undefined || number === undefined)
    throw corrupt(`${where} lacks a part`)
  return { id, startedAt, number }
}

function heldOf(value: unknown, where: string): HeldVersions | undefined {
  if (value === undefined) return undefined
  const fields = objectOf(value, where)
  const versions = numberOf(fields, 'versions', where)
  const newestVersionAt = numberOf(fields, 'newestVersionAt', where)
  if (versions === undefined || newestVersionAt === undefined) throw corrupt(`${where} lacks a part`)
  return { versions, newestVersionAt }
}

function objectOf(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw corrupt(`${where} is no object`)
}

function numberOf(fields: Fields, name: string, where: string): number | undefined {
  const value = fields[name]
  if (value === undefined || Number.isSafeInteger(value)) return value as number | undefined
  throw corrupt(`${name} of ${where} is no whole number`)
}

function textOf(fields: Fields, name: string, where: string): string | undefined {
  const value = fields[name]
  if (value === undefined || typeof value === 'string') return value
  throw corrupt(`${name} of ${where} is no text`)
}

function corrupt(problem: string): SyncPolicyError {
  return new SyncPolicyError(
    'SYNC_STATE_CORRUPT',
    `The state of replication cannot be read: ${problem.slice(0, 200)}. Without it every destination is due`
  )
}
