import { assertKnownKeys, type Issue, isTercetError, systemClock } from '@tercet/interface'
import { isIntact } from '../copies/content-check.ts'
import { type SpooledCopy, spoolCopy } from '../copies/spool-copy.ts'
import { createDigest } from '../digests.ts'
import { DEFAULTS } from '../resolve-options.ts'
import { SyncError } from '../sync-error.ts'
import { putFile } from '../transfer/put-file.ts'
import { SpoolFolder } from '../transfer/spool-folder.ts'
import type { ExecuteHealOptions } from './heal-options.ts'
import type { HealFile, HealPlan } from './heal-plan.ts'
import { type HealContext, takeHeal } from './heal-registry.ts'
import type { HealPlace } from './inspect-copies.ts'

/** What was put where. Plain data. */
export interface HealResult {
  readonly healed: readonly { readonly path: string; readonly place: string }[]
  readonly healedBytes: number
  /** Archived copies, needed as no other is intact, that the stores were asked for; run again when they can be read. */
  readonly askedFor: readonly { readonly path: string; readonly place: string }[]
  /** Copies that are still wrong, those that no plan could mend included. */
  readonly unhealed: readonly { readonly path: string; readonly place: string }[]
  readonly issues: readonly Issue[]
}

/**
 * Puts right bytes in the place of wrong ones. The bytes are checked again on their way, replace the wrong ones in one
 * step, and are read back; what is put is data first, then its index, then lists of versions, and a list only where all
 * before it came through. A copy that is not known to be wrong is never written to. Archived copies that are needed are
 * asked for by their names, and not read.
 *
 * @throws SyncError `SYNC_PLAN_UNKNOWN` for anything but a plan of `planHeal` that was not carried out before,
 * `SYNC_SPOOL_FAILED`
 */
export async function executeHeal(plan: HealPlan, options: ExecuteHealOptions = {}): Promise<HealResult> {
  assertKnownKeys(options, ['signal', 'retention', 'onEvent'], 'executeHeal')
  const context = takeHeal(plan)
  const signal = options.signal ?? context.options.signal ?? new AbortController().signal
  const healed: { path: string; place: string }[] = []
  const unhealed: { path: string; place: string }[] = []
  const issues = [...plan.issues]
  const incomplete = new Set<string>()
  let healedBytes = 0
  await using folder = new SpoolFolder(context.options.temporaryFolder)
  for (const file of plan.files) {
    signal.throwIfAborted()
    const { path } = file
    const fail = (place: string, error: unknown) => {
      incomplete.add(place)
      unhealed.push({ path, place })
      issues.push(issueOf(path, place, error))
    }
    for (const [place, state] of Object.entries(file.copies)) {
      if (state === 'intact' || state === 'unknown' || file.to.includes(place)) continue
      incomplete.add(place)
      unhealed.push({ path, place })
    }
    if (file.from === undefined || file.to.length === 0) continue
    let copy: SpooledCopy
    try {
      copy = await fetchRight(file, context, folder, signal)
    } catch (error) {
      signal.throwIfAborted()
      for (const place of file.to) fail(place, error)
      continue
    }
    await using _ = copy
    const sha256 = await sha256Of(copy, signal)
    if (file.sha256 !== undefined && file.sha256 !== sha256) {
      for (const place of file.to) fail(place, notIntact(file))
      continue
    }
    for (const id of file.to) {
      try {
        if (file.class === 'dlist' && incomplete.has(id)) throw new Error('data that it may need is missing')
        await putRight(file, placeOf(context, id), copy, sha256, context, options, signal)
        healed.push({ path, place: id })
        healedBytes += copy.content.size
      } catch (error) {
        signal.throwIfAborted()
        fail(id, error)
      }
    }
  }
  const askedFor = await askForArchived(plan, context, issues, signal)
  return { healed, healedBytes, askedFor, unhealed, issues }
}

/** By name, and only where nothing else is intact. */
async function askForArchived(
  { files }: HealPlan,
  context: HealContext,
  issues: Issue[],
  signal: AbortSignal
): Promise<HealResult['askedFor']> {
  const askedFor: { path: string; place: string }[] = []
  for (const { path, from, copies } of files) {
    const place = Object.keys(copies).find((id) => copies[id] === 'archived')
    if (from !== undefined || place === undefined) continue
    const { backend } = placeOf(context, place).endpoint
    if (!backend.capabilities.archive) continue
    try {
      await backend.restoreArchived(path, { signal })
      askedFor.push({ path, place })
    } catch (error) {
      signal.throwIfAborted()
      issues.push(issueOf(path, place, error))
    }
  }
  return askedFor
}

function placeOf({ places }: HealContext, id: string): HealPlace {
  return places.find((place) => place.id === id) as HealPlace
}

/** The bytes that were found to be right, still right. */
async function fetchRight(
  { path, from, sizeBytes }: HealFile,
  context: HealContext,
  folder: SpoolFolder,
  signal: AbortSignal
): Promise<SpooledCopy> {
  const { endpoint } = placeOf(context, from as string)
  const recorded = context.recorded.get(path)
  const copy = await endpoint.run('download', { method: 'get', signal }, () =>
    spoolCopy(endpoint.backend, path, folder, { sizeBytes: recorded?.sizeBytes ?? sizeBytes, signal })
  )
  try {
    const checks = { recorded: context.recorded, verify: context.options.verify }
    if ((await isIntact(path, copy.content, checks, { signal })) === false) {
      throw notIntact({ path, from })
    }
    return copy
  } catch (error) {
    await copy[Symbol.asyncDispose]()
    throw error
  }
}

function notIntact({ path, from }: Pick<HealFile, 'path' | 'from'>): SyncError {
  return new SyncError('SYNC_HEAL_IMPOSSIBLE', `${path} of "${from}" is not intact any more`)
}

async function sha256Of({ content }: SpooledCopy, signal: AbortSignal): Promise<string> {
  const digest = createDigest('SHA256')
  for await (const chunk of content.open({ signal })) digest.update(chunk)
  return digest.digest('hex')
}

async function putRight(
  file: HealFile,
  { id, endpoint, ledger }: HealPlace,
  { content }: SpooledCopy,
  sha256: string,
  { options }: HealContext,
  { retention = false }: ExecuteHealOptions,
  signal: AbortSignal
): Promise<void> {
  const isReplaced = file.copies[id] === 'damaged'
  const clock = options.clock ?? systemClock
  await putFile(
    {
      path: file.path,
      sizeBytes: content.size,
      class: file.class,
      reason: isReplaced ? 'mismatch' : 'missing',
      ...(isReplaced ? { replacedBytes: content.size } : {}),
      step: 0
    },
    { source: content, sha256, dispose: async () => {} },
    {
      replica: {
        id,
        backend: endpoint.backend,
        settings: { ...DEFAULTS, retention, verifyGetAfterPut: 'download' },
        ledger,
        copyFromPrimary: undefined
      },
      endpoint,
      now: () => clock.now(),
      signal,
      onProgress: () => {}
    }
  )
}

function issueOf(path: string, place: string, error: unknown): Issue {
  const why = error instanceof Error ? error.message : String(error)
  const code = isTercetError(error, 'STORAGE_LOCKED')
    ? 'SYNC_LOCKED'
    : error instanceof SyncError
      ? error.code
      : 'SYNC_COPY_FAILED'
  return { code, severity: 'error', message: `${path} was not mended at "${place}": ${why}`, volume: path }
}
