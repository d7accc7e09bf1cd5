import type { ReadingContext } from '@tercet/engine'
import type { PlaceDeclaration, PolicyEvidence } from '@tercet/sync-policy'
import type { OpenedBackup } from '../session.ts'
import { type CopyPlace, collectCopies } from './collect-evidence.ts'
import { referenceOf } from './copy-reference.ts'
import { limited, openReplica } from './open-replica.ts'
import type { Declarations, Replica } from './replica.ts'
import { type Replication, resolveReplication } from './resolve-replication.ts'
import type { SyncStore } from './sync-store.ts'
import { volumesOfVersion } from './volumes-needed.ts'

/** Which copies are looked at, and what is said about them. What is left out is as the backup was opened with. */
export interface EvidenceOptions extends Declarations {
  readonly replicas?: readonly Replica[] | undefined
}

const NOTHING: PlaceDeclaration = {}

/** @internal */
export async function evidenceOfBackup(
  opened: OpenedBackup,
  syncStore: SyncStore,
  context: ReadingContext,
  options: EvidenceOptions
): Promise<PolicyEvidence> {
  const { replication: own, options: open } = opened
  const { destination, backendOptions, prefix, clock } = open
  const { replicas, source, primary, signal } = options
  const replication =
    replicas === undefined ? own : resolveReplication({ destination, backendOptions, replicas })
  const configuration = replication?.configuration
  return await collectCopies({
    prefix,
    clock,
    signal,
    copies: [
      primaryPlace(opened, primary ?? configuration?.primary.declared ?? NOTHING),
      ...(replication === undefined ? [] : replicaPlaces(opened, replication, syncStore))
    ],
    source: source ?? configuration?.source.declared ?? NOTHING,
    reference: referenceOf(context.catalog),
    state: syncStore.state(),
    neededBy: async (time) => {
      const needed = await volumesOfVersion(context, time, signal)
      return needed && [...needed]
    }
  })
}

function primaryPlace({ store, options, backend }: OpenedBackup, declared: PlaceDeclaration): CopyPlace {
  return {
    id: 'primary',
    role: 'primary',
    name: backend.displayName,
    declared,
    ledger: undefined,
    open: async () => ({ backend: limited(store, options), async [Symbol.asyncDispose]() {} })
  }
}

/** A blank URL names no copy. */
function replicaPlaces(
  { options }: OpenedBackup,
  replication: Replication,
  syncStore: SyncStore
): CopyPlace[] {
  return replication.configuration.destinations
    .filter(({ isBlank }) => !isBlank)
    .map((destination) => ({
      id: destination.id,
      role: 'replica',
      name: destination.displayName,
      declared: destination.declared,
      ledger: syncStore.ledger(destination.id),
      open: () => openReplica(destination, replication, options)
    }))
}
