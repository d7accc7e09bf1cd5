import {
  type CallOptions,
  type Clock,
  isTercetError,
  type StorageBackend,
  systemClock
} from '@tercet/interface'
import type { SyncLedger } from '@tercet/sync-engine'
import {
  type CopyEvidence,
  destinationState,
  type Fact,
  type PlaceDeclaration,
  type PolicyEvidence,
  type SyncState,
  type Verification
} from '@tercet/sync-policy'
import type { CopyReference } from './copy-reference.ts'
import { ledgerVerification, observeCopy, observeLock, observeProvider } from './observe-copy.ts'
import type { OpenedReplica } from './open-replica.ts'
import { surveyCopy } from './survey-copy.ts'

/** One copy, and how to look at it. */
export interface CopyPlace {
  readonly id: string
  readonly role: 'primary' | 'replica'
  readonly name: string
  readonly declared: PlaceDeclaration
  open(): Promise<OpenedReplica>
  readonly ledger: SyncLedger | undefined
}

export interface EvidenceSources extends CallOptions {
  readonly prefix: string
  readonly copies: readonly CopyPlace[]
  readonly source: PlaceDeclaration
  readonly reference: CopyReference
  readonly state: SyncState
  readonly clock?: Clock | undefined
  /** Names of the volumes that the version of this time needs, as the catalog knows; undefined: it does not know it. */
  readonly neededBy: (time: number) => Promise<readonly string[] | undefined>
}

/** Looks at every copy, all at the same time. One that cannot be reached is told so; it stops nobody. */
export async function collectCopies(sources: EvidenceSources): Promise<PolicyEvidence> {
  const now = (sources.clock ?? systemClock).now()
  const copies = await Promise.all(sources.copies.map((place) => lookAt(place, sources, now)))
  sources.signal?.throwIfAborted()
  return { now, copies: [sourceOf(sources), ...copies] }
}

/** The data was there when it was backed up for the last time. */
function sourceOf({ source, reference }: EvidenceSources): CopyEvidence {
  const at = reference.versions[0]
  return {
    id: 'source',
    role: 'source',
    name: 'the data itself',
    reachable: at === undefined ? undefined : { value: true, basis: 'observed', by: 'backup', at },
    ...declarations(source)
  }
}

async function lookAt(place: CopyPlace, sources: EvidenceSources, now: number): Promise<CopyEvidence> {
  const { id, role, name, declared } = place
  const said = { id, role, name, ...declarations(declared) }
  const seen = (value: boolean): Fact<boolean> => ({ value, basis: 'observed', by: 'listing', at: now })
  try {
    await using opened = await place.open()
    const found = await look(opened.backend, place, sources, now)
    return {
      ...said,
      reachable: seen(true),
      provider: observeProvider(opened.backend, said.provider, now),
      ...found,
      immutable: found.immutable ?? said.immutable
    }
  } catch (error) {
    sources.signal?.throwIfAborted()
    // What is wrong with the program is no evidence.
    if (!isTercetError(error)) throw error
    return { ...said, reachable: seen(false), ...remembered(place, sources) }
  }
}

async function look(backend: StorageBackend, place: CopyPlace, sources: EvidenceSources, now: number) {
  const { prefix, reference, neededBy, signal } = sources
  const survey = await surveyCopy(backend, prefix, { signal })
  const newest = survey.versions[0]?.[0]
  const isCurrent = newest !== undefined && newest === reference.versions[0]
  const needed = isCurrent
    ? [...reference.volumes.keys()]
    : newest === undefined
      ? undefined
      : await neededBy(newest)
  const observed = observeCopy(survey, reference, needed, verificationsOf(place, survey, sources), now)
  const damage = place.role === 'primary' && reference.hasDamage
  return {
    ...observed,
    ...(damage ? { condition: damagedFact(now) } : {}),
    immutable: await observeLock(backend, survey, now, signal)
  }
}

function verificationsOf(
  { role, ledger }: CopyPlace,
  survey: Awaited<ReturnType<typeof surveyCopy>>,
  { reference: { verifiedSince } }: EvidenceSources
): Fact<Verification>[] {
  if (role === 'replica') return ledger === undefined ? [] : ledgerVerification(survey, ledger)
  if (verifiedSince === undefined) return []
  const value = { depth: 'download', since: verifiedSince } as const
  return [{ value, basis: 'observed', by: 'verification', at: verifiedSince }]
}

function damagedFact(now: number): CopyEvidence['condition'] {
  return { value: 'damaged', basis: 'observed', by: 'verification', at: now }
}

/** A copy that is kept offline is as it was when it was written to for the last time. */
function remembered(
  { id, declared }: CopyPlace,
  { state, reference }: EvidenceSources
): Partial<CopyEvidence> {
  const { holds, lastSuccessAt: at } = destinationState(state, id)
  if (declared.offline !== true || holds === undefined || at === undefined) return {}
  const seen = <Value>(value: Value): Fact<Value> => ({ value, basis: 'observed', by: 'last sync', at })
  return {
    versions: seen(holds.versions),
    newestVersionAt: seen(holds.newestVersionAt),
    versionsBehind: seen(reference.versions.filter((time) => time > holds.newestVersionAt).length),
    condition: seen('sound')
  }
}

function declarations(declared: PlaceDeclaration): Partial<CopyEvidence> {
  const { medium, provider, site, immutable, offline } = declared
  const said = <Value>(value: Value | undefined): Fact<Value> | undefined =>
    value === undefined ? undefined : { value, basis: 'declared', by: 'configuration' }
  return {
    medium: said(medium),
    provider: said(provider),
    site: said(site),
    offline: said(offline),
    immutable: said(immutable === undefined ? undefined : { holds: immutable })
  }
}
