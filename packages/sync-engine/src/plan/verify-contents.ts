/**
 * Compares content that the listings call equal, and decides which side is wrong before anything is done about it:
 *
 * - what was recorded when the file was stored decides; then the primary is not even read;
 * - where nothing was recorded, the primary is right, as it is the source, unless the replica's content is what its
 *   ledger says was put there, or what another replica has too. That proves nothing, since one wrong read of the primary
 *   reaches all replicas, but it is reason enough to overwrite neither side.
 */
import { type Issue, isTercetError } from '@tercet/interface'
import { askedDigest, givesDigest, readDigest } from '../copies/copy-digest.ts'
import { commonChecksum, type Digest, ownChecksum, toHex } from '../digests.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { ResolvedReplica } from '../resolve-options.ts'
import type { SyncEvent } from '../sync-event.ts'
import type { RecordedFile } from '../sync-options.ts'
import type { ComparedFile, ComparedReplica } from './compare-places.ts'

export interface Verification {
  files: number
  bytes: number
  mismatched: number
  /** Wrong at the replica: to be put again. */
  readonly toMend: ComparedFile[]
  /** Wrong and not to be mended from the primary, or of unknown state. */
  readonly unmended: string[]
  readonly issues: Issue[]
}

export interface VerifiedPlace {
  readonly replica: ResolvedReplica
  readonly endpoint: Endpoint
  readonly compared: ComparedReplica
}

export interface VerifyContentsOptions {
  readonly primary: Endpoint
  readonly places: readonly VerifiedPlace[]
  readonly recorded: ReadonlyMap<string, RecordedFile>
  readonly now: number
  readonly signal: AbortSignal | undefined
  readonly onEvent: ((event: SyncEvent) => void) | undefined
}

/** Files compared at the same time. */
const AT_ONCE = 4

type Content = { readonly digest: string } | { readonly problem: unknown }

interface Candidate {
  readonly file: ComparedFile & { readonly isArchived: boolean }
  readonly positions: number[]
}

export async function verifyContents(options: VerifyContentsOptions): Promise<readonly Verification[]> {
  const results = options.places.map((): Verification => {
    return { files: 0, bytes: 0, mismatched: 0, toMend: [], unmended: [], issues: [] }
  })
  const candidates = chooseCandidates(options, results)
  const queue = candidates.values()
  const worker = async () => {
    for (const candidate of queue) {
      options.signal?.throwIfAborted()
      await verifyOne(candidate, options, results)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, candidates.length) }, worker))
  return results
}

/** What is due at each replica, within its budget, by name so that the primary is read once for all of them. */
function chooseCandidates(options: VerifyContentsOptions, results: readonly Verification[]): Candidate[] {
  const byPath = new Map<string, Candidate>()
  for (const [position, { replica, compared }] of options.places.entries()) {
    const { verifyMaxAgeMs } = replica.settings
    const verifiedAt = (path: string) => {
      const entry = replica.ledger?.get(path)
      return entry === undefined || entry.depth === 'put' ? Number.NEGATIVE_INFINITY : entry.verifiedAt
    }
    const due = compared.equal
      .filter(({ path }) => verifyMaxAgeMs === undefined || options.now - verifiedAt(path) > verifyMaxAgeMs)
      .sort((a, b) => verifiedAt(a.path) - verifiedAt(b.path) || (a.path < b.path ? -1 : 1))
    let budget = budgetOf(replica.settings, compared.equalBytes)
    for (const file of due) {
      if (file.isArchived) {
        results[position]?.issues.push(archived(file.path, replica.id))
        continue
      }
      if ((file.sizeBytes ?? 0) > budget) continue
      budget -= file.sizeBytes ?? 0
      const candidate = byPath.get(file.path) ?? { file, positions: [] }
      candidate.positions.push(position)
      byPath.set(file.path, candidate)
    }
  }
  return [...byPath.values()]
}

function budgetOf(
  { verifyBudgetBytes, verifyBudgetPart }: ResolvedReplica['settings'],
  equalBytes: number
): number {
  const part = verifyBudgetPart === undefined ? undefined : Math.floor(verifyBudgetPart * equalBytes)
  return Math.min(verifyBudgetBytes ?? Number.POSITIVE_INFINITY, part ?? Number.POSITIVE_INFINITY)
}

async function verifyOne(
  { file, positions }: Candidate,
  options: VerifyContentsOptions,
  results: readonly Verification[]
): Promise<void> {
  const recorded = options.recorded.get(file.path)
  const contents = new Map<number, Content>()
  const primaryDigests = new Map<Digest, Promise<Content>>()
  const ofPrimary = (algorithm: Digest, level: 'checksum' | 'download') => {
    const known =
      primaryDigests.get(algorithm) ?? contentOf(options.primary, file.path, algorithm, level, options)
    primaryDigests.set(algorithm, known)
    return known
  }
  const algorithms = new Map<number, Digest>()
  for (const position of positions) {
    const { replica, endpoint } = options.places[position] as VerifiedPlace
    const level = replica.settings.verifyContents as 'checksum' | 'download'
    const algorithm = recorded?.hashAlgorithm ?? algorithmFor(level, options.primary, endpoint)
    if (algorithm === undefined || (level === 'checksum' && !givesDigest(endpoint, algorithm))) continue
    algorithms.set(position, algorithm)
    const content = await contentOf(endpoint, file.path, algorithm, level, options)
    contents.set(position, content)
    const result = results[position] as Verification
    result.files++
    result.bytes += file.sizeBytes ?? 0
    options.onEvent?.({ type: 'sync-verify', replica: replica.id, files: result.files, bytes: result.bytes })
  }
  for (const [position, content] of contents) {
    const result = results[position] as Verification
    const place = options.places[position] as VerifiedPlace
    const level = place.replica.settings.verifyContents as 'checksum' | 'download'
    const algorithm = algorithms.get(position) as Digest
    if ('problem' in content) {
      noteUnreadable(result, file, place, content.problem)
      continue
    }
    if (recorded !== undefined) {
      if (content.digest === toHex(recorded.hash))
        noteIntact(place, file, algorithm, content.digest, level, options.now)
      else noteMismatch(result, file)
      continue
    }
    const primary = await ofPrimary(algorithm, level)
    if ('problem' in primary) {
      result.issues.push({
        code: 'SYNC_PRIMARY_UNREADABLE',
        severity: 'error',
        message: `${file.path} of the primary could not be read to be compared: ${textOf(primary.problem)}`,
        volume: file.path
      })
    } else if (primary.digest === content.digest) {
      noteIntact(place, file, algorithm, content.digest, level, options.now)
    } else if (isDoubtful(place, position, file, content.digest, primary.digest, contents, algorithms)) {
      noteUndecided(result, file, place.replica.id)
    } else noteMismatch(result, file)
  }
}

/** The replica's content is no accident of its own: it is what was put there, or what another replica has too. */
function isDoubtful(
  place: VerifiedPlace,
  position: number,
  file: ComparedFile,
  digest: string,
  primaryDigest: string,
  contents: ReadonlyMap<number, Content>,
  algorithms: ReadonlyMap<number, Digest>
): boolean {
  const put = place.replica.ledger?.get(file.path)
  const isSha256 = algorithms.get(position) === 'SHA256'
  if (isSha256 && put?.sha256 === digest) return true
  if (isSha256 && put?.sha256 === primaryDigest) return false
  for (const [other, content] of contents) {
    if (other === position || algorithms.get(other) !== algorithms.get(position)) continue
    if ('digest' in content && content.digest === digest) return true
  }
  return false
}

function algorithmFor(
  level: 'checksum' | 'download',
  primary: Endpoint,
  replica: Endpoint
): Digest | undefined {
  if (level === 'download') return 'SHA256'
  return commonChecksum(primary.backend, replica.backend) ?? ownChecksum(replica.backend)
}

async function contentOf(
  place: Endpoint,
  path: string,
  algorithm: Digest,
  level: 'checksum' | 'download',
  { signal }: VerifyContentsOptions
): Promise<Content> {
  try {
    if (level === 'checksum' && algorithm !== 'SHA384' && givesDigest(place, algorithm))
      return { digest: await askedDigest(place, path, algorithm, signal) }
    return { digest: await readDigest(place, path, algorithm, signal) }
  } catch (problem) {
    signal?.throwIfAborted()
    return { problem }
  }
}

function noteIntact(
  { replica }: VerifiedPlace,
  { path, sizeBytes }: ComparedFile,
  algorithm: Digest,
  digest: string,
  depth: 'checksum' | 'download',
  verifiedAt: number
): void {
  if (algorithm !== 'SHA256' || sizeBytes === undefined) return
  replica.ledger?.set(path, { sizeBytes, sha256: digest, verifiedAt, depth })
}

function noteMismatch(result: Verification, file: ComparedFile): void {
  result.mismatched++
  result.toMend.push({ path: file.path, sizeBytes: file.sizeBytes, class: file.class })
}

function noteUndecided(result: Verification, { path }: ComparedFile, id: string): void {
  result.issues.push({
    code: 'SYNC_UNDECIDED',
    severity: 'error',
    message: `${path} of the primary is not what was put to the replica "${id}", which keeps its own; heal both, with the passphrase, to find out which is right`,
    volume: path
  })
}

function noteUnreadable(
  result: Verification,
  { path }: ComparedFile,
  place: VerifiedPlace,
  problem: unknown
): void {
  if (isTercetError(problem, 'STORAGE_ARCHIVED')) {
    result.issues.push(archived(path, place.replica.id))
    return
  }
  result.unmended.push(path)
  result.issues.push({
    code: 'SYNC_REPLICA_UNREADABLE',
    severity: 'error',
    message: `${path} at the replica "${place.replica.id}" could not be checked and is kept: ${textOf(problem)}`,
    volume: path
  })
}

function archived(path: string, id: string): Issue {
  return {
    code: 'SYNC_ARCHIVED',
    severity: 'warning',
    message: `${path} at the replica "${id}" lies in cold storage and was not verified`,
    volume: path
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
