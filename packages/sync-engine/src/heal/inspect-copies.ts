/** Finds out of one file which places hold it as it was stored. */
import { type CallOptions, isTercetError } from '@tercet/interface'
import { type ContentChecks, isIntact } from '../copies/content-check.ts'
import { askedDigest, givesDigest, readDigest } from '../copies/copy-digest.ts'
import { spoolCopy } from '../copies/spool-copy.ts'
import { type Digest, toHex } from '../digests.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { SyncLedger } from '../ledger.ts'
import type { ListedFile } from '../listing/sorted-listing.ts'
import type { SpoolFolder } from '../transfer/spool-folder.ts'
import type { CopyState, HealFile } from './heal-plan.ts'

export interface HealPlace {
  readonly id: string
  readonly endpoint: Endpoint
  readonly ledger: SyncLedger | undefined
}

export interface InspectCopiesOptions extends ContentChecks, CallOptions {
  readonly places: readonly HealPlace[]
  readonly level: 'listing' | 'checksum' | 'download'
  readonly folder: SpoolFolder
}

export interface InspectedFile {
  readonly states: readonly CopyState[]
  readonly evidence: HealFile['evidence']
  /** Copies differ, and nothing tells which is right. */
  readonly isUndecided: boolean
  /** SHA-256 of the right content, hexadecimal, where the copies themselves told which it is. */
  readonly sha256?: string | undefined
  readonly bytesRead: number
}

interface Copy {
  state: CopyState
  digest?: string
}

/** @param listed what each place lists, by position; undefined: it has no such file */
export async function inspectCopies(
  path: string,
  listed: readonly (ListedFile | undefined)[],
  options: InspectCopiesOptions
): Promise<InspectedFile> {
  const recorded = options.recorded?.get(path)
  const isAsked = recorded === undefined && options.verify !== undefined && options.level === 'download'
  let bytesRead = 0
  const copies = await Promise.all(
    listed.map(async (file, position): Promise<Copy> => {
      if (file === undefined) return { state: 'missing' }
      if (recorded !== undefined && file.sizeBytes !== undefined && file.sizeBytes !== recorded.sizeBytes)
        return { state: 'damaged' }
      if (options.level === 'listing') return { state: 'unknown' }
      if (file.archived) return { state: 'archived' }
      const place = options.places[position] as HealPlace
      bytesRead += options.level === 'download' ? (file.sizeBytes ?? 0) : 0
      try {
        if (isAsked) return { state: await askCaller(place, path, options) }
        return await digestCopy(place, path, recorded?.hashAlgorithm ?? 'SHA256', options)
      } catch (error) {
        options.signal?.throwIfAborted()
        if (isTercetError(error, 'SYNC_SPOOL_FAILED')) throw error
        if (isTercetError(error, 'STORAGE_NOT_FOUND')) return { state: 'missing' }
        return { state: isTercetError(error, 'STORAGE_ARCHIVED') ? 'archived' : 'unreadable' }
      }
    })
  )
  const states = () => copies.map(({ state }) => state)
  if (recorded !== undefined) {
    const right = toHex(recorded.hash)
    for (const copy of copies) {
      if (copy.digest !== undefined) copy.state = copy.digest === right ? 'intact' : 'damaged'
    }
    return { states: states(), evidence: 'recorded', isUndecided: false, bytesRead }
  }
  if (isAsked) return { states: states(), evidence: 'verified', isUndecided: false, bytesRead }
  const weighed = weigh(path, copies, listed, options.places)
  return { ...weighed, states: states(), bytesRead }
}

async function askCaller(
  { endpoint }: HealPlace,
  path: string,
  options: InspectCopiesOptions
): Promise<CopyState> {
  const { folder, signal } = options
  await using copy = await endpoint.run('download', { method: 'get', signal }, () =>
    spoolCopy(endpoint.backend, path, folder, { signal })
  )
  return (await isIntact(path, copy.content, options, { signal })) === true ? 'intact' : 'damaged'
}

async function digestCopy(
  { endpoint }: HealPlace,
  path: string,
  algorithm: Digest,
  { level, signal }: InspectCopiesOptions
): Promise<Copy> {
  if (level === 'download')
    return { state: 'unknown', digest: await readDigest(endpoint, path, algorithm, signal) }
  if (algorithm === 'SHA384' || !givesDigest(endpoint, algorithm)) return { state: 'unknown' }
  return { state: 'unknown', digest: await askedDigest(endpoint, path, algorithm, signal) }
}

/**
 * Nothing was recorded. Copies that are all alike are taken to be right. Where they differ, one is right if another
 * place's ledger says that these very bytes were put there and are not there any more; else nothing tells, since a wrong
 * read of the primary reaches every replica.
 */
function weigh(
  path: string,
  copies: readonly Copy[],
  listed: readonly (ListedFile | undefined)[],
  places: readonly HealPlace[]
): Pick<InspectedFile, 'evidence' | 'isUndecided' | 'sha256'> {
  const digests = new Set(copies.flatMap(({ digest }) => digest ?? []))
  const sizes = new Set(listed.flatMap((file) => file?.sizeBytes ?? []))
  const vouched = digests.size === 1 ? digests : vouchedFor(path, copies, digests, places)
  const [right] = vouched
  if (right === undefined || vouched.size > 1) {
    return { evidence: 'none', isUndecided: digests.size > 1 || sizes.size > 1 }
  }
  for (const copy of copies) {
    if (copy.digest !== undefined) copy.state = copy.digest === right ? 'intact' : 'damaged'
  }
  return { evidence: digests.size === 1 ? 'agreement' : 'ledger', isUndecided: false, sha256: right }
}

/** Contents that were put to a place which holds others now. */
function vouchedFor(
  path: string,
  copies: readonly Copy[],
  digests: ReadonlySet<string>,
  places: readonly HealPlace[]
): ReadonlySet<string> {
  return new Set(
    copies.flatMap(({ digest }, position) => {
      const put = places[position]?.ledger?.get(path)?.sha256
      return put !== undefined && digest !== undefined && put !== digest && digests.has(put) ? [put] : []
    })
  )
}
