/** Reads files straight from a replica that was just made equal, to know that it can be restored from. */
import { readDigest } from '../copies/copy-digest.ts'
import { spoolCopy } from '../copies/spool-copy.ts'
import { createDigest, type Digest, toHex } from '../digests.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { PlanContext } from '../plan/plan-registry.ts'
import type { ReplicaPlan } from '../plan/sync-plan.ts'
import type { SpoolFolder } from '../transfer/spool-folder.ts'
import type { ReplicaState } from './replica-state.ts'

export interface TestReplicaOptions {
  readonly plan: ReplicaPlan
  readonly state: ReplicaState
  readonly endpoint: Endpoint
  readonly primary: Endpoint
  readonly context: PlanContext
  readonly folder: SpoolFolder
  readonly signal: AbortSignal
}

/** What is found to be wrong makes the replica `partial`, and the next verification begins with it. */
export async function testReplica(options: TestReplicaOptions): Promise<void> {
  const { plan, state, context, signal } = options
  const { id, ledger } = state.replica
  for (const sample of plan.samples) {
    let why: string | undefined
    try {
      if (!(await isRight(sample, options))) why = 'it is damaged'
    } catch (error) {
      signal.throwIfAborted()
      why = error instanceof Error ? error.message : String(error)
    }
    if (why === undefined) {
      state.tested.files++
      state.tested.bytes += sample.sizeBytes ?? 0
      continue
    }
    ledger?.delete(sample.path)
    const text = `${sample.path} was read from the replica "${id}" to test it: ${why}. Run again with verifyContents "download", or heal it`
    state.issue('SYNC_TEST_FAILED', 'error', text, sample.path)
    state.end('partial', context.options.clock.now(), 'SYNC_TEST_FAILED', text)
  }
}

async function isRight(
  { path, sizeBytes }: ReplicaPlan['samples'][number],
  { endpoint, primary, context, state, folder, signal }: TestReplicaOptions
): Promise<boolean> {
  const recorded = context.recorded.get(path)
  const put = state.replica.ledger?.get(path)?.sha256
  const known = recorded === undefined ? put : toHex(recorded.hash)
  const algorithm: Digest = recorded?.hashAlgorithm ?? 'SHA256'
  const { verify } = context.options
  if (verify === undefined) {
    const found = await readDigest(endpoint, path, algorithm, signal)
    return found === (known ?? (await readDigest(primary, path, algorithm, signal)))
  }
  await using copy = await endpoint.run('download', { method: 'get', signal }, () =>
    spoolCopy(endpoint.backend, path, folder, { sizeBytes, signal })
  )
  if (known !== undefined) {
    const digest = createDigest(algorithm)
    for await (const chunk of copy.content.open({ signal })) digest.update(chunk)
    if (digest.digest('hex') !== known) return false
  }
  return await verify(path, copy.content, { signal })
}
