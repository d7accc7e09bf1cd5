import type { StorageBackend } from '@tercet/interface'
import type { SyncLedger } from '@tercet/sync-engine'
import type { CopyEvidence, Fact, Immutability, Verification } from '@tercet/sync-policy'
import type { CopyReference } from './copy-reference.ts'
import type { CopySurvey } from './survey-copy.ts'

type Observed = Pick<
  CopyEvidence,
  'versions' | 'newestVersionAt' | 'versionsBehind' | 'condition' | 'verifications'
>

/** Who keeps a copy, as the host that answered shows; one that shows nothing is told where nobody says more. */
export function observeProvider(
  { endpoint }: StorageBackend,
  declared: Fact<string> | undefined,
  now: number
): Fact<string> | undefined {
  if (endpoint === undefined) return declared
  const { host, provider } = endpoint
  const seen = { basis: 'observed', by: `endpoint ${host}`, at: now } as const
  return provider === undefined ? (declared ?? { value: host, ...seen }) : { value: provider, ...seen }
}

/** What a copy shows that could be listed. */
export function observeCopy(
  survey: CopySurvey,
  reference: CopyReference,
  needed: readonly string[] | undefined,
  verifications: readonly Fact<Verification>[],
  now: number
): Observed {
  const seen = <Value>(value: Value): Fact<Value> => ({ value, basis: 'observed', by: 'listing', at: now })
  const newest = survey.versions[0]?.[0]
  const condition = conditionOf(survey, reference, needed)
  return {
    versions: seen(survey.versions.length),
    newestVersionAt: newest === undefined ? undefined : seen(newest),
    versionsBehind: seen(reference.versions.filter((time) => newest === undefined || time > newest).length),
    condition: condition && seen(condition),
    verifications:
      condition === 'sound' ? [...verifications, seen({ depth: 'listing', since: now })] : verifications
  }
}

/**
 * Whether all that is needed is there, with its size. A copy that is behind may hold the content of its versions in
 * volumes that were packed anew meanwhile; then nothing can be said from names.
 */
function conditionOf(
  { volumes }: CopySurvey,
  reference: CopyReference,
  needed: readonly string[] | undefined
): 'sound' | 'incomplete' | undefined {
  if (needed === undefined) return undefined
  const isMissing = needed.some((name) => {
    if (!volumes.has(name)) return true
    const [found, expected] = [volumes.get(name), reference.volumes.get(name)]
    return found !== undefined && expected !== undefined && found !== expected
  })
  if (!isMissing) return 'sound'
  const hasOthers = [...volumes.keys()].some((name) => !reference.volumes.has(name))
  return hasOthers ? undefined : 'incomplete'
}

/** What the ledger of a replica proves about all of its volumes. What was only sent and acknowledged proves nothing. */
export function ledgerVerification({ volumes }: CopySurvey, ledger: SyncLedger): Fact<Verification>[] {
  let since = Number.POSITIVE_INFINITY
  let depth: Verification['depth'] = 'download'
  for (const [name, size] of volumes) {
    const entry = ledger.get(name)
    if (entry === undefined || entry.depth === 'put' || entry.sizeBytes !== (size ?? entry.sizeBytes))
      return []
    if (entry.depth === 'checksum') depth = 'checksum'
    since = Math.min(since, entry.verifiedAt)
  }
  if (since === Number.POSITIVE_INFINITY) return []
  return [{ value: { depth, since }, basis: 'observed', by: 'verification', at: since }]
}

/** Volumes that are asked for their locks, at most; of more every so manieth. */
const MOST_ASKED = 200

/** The lock that ends first among the volumes of a copy; undefined where the place has no locks. */
export async function observeLock(
  backend: StorageBackend,
  { volumes }: CopySurvey,
  now: number,
  signal: AbortSignal | undefined
): Promise<Fact<Immutability> | undefined> {
  if (!backend.capabilities.objectLock || volumes.size === 0) return undefined
  const stride = Math.ceil(volumes.size / MOST_ASKED)
  const asked = [...volumes.keys()].filter((_, index) => index % stride === 0)
  const by = stride === 1 ? 'lock' : `locks of ${asked.length} of ${volumes.size} volumes`
  let until = Number.POSITIVE_INFINITY
  for (const name of asked) {
    const end = await backend.getLock(name, { signal })
    if (end === undefined || end.getTime() <= now)
      return { value: { holds: false }, basis: 'observed', by, at: now }
    until = Math.min(until, end.getTime())
  }
  return { value: { holds: true, until }, basis: 'observed', by, at: now }
}
