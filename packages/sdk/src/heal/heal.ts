import type { ReadingContext } from '@tercet/engine'
import { ConfigurationError, isTercetError } from '@tercet/interface'
import { type PlanHealOptions as EngineOptions, type HealPlan, planHeal } from '@tercet/sync-engine'
import type { OperationCalls } from '../call-options.ts'
import { namedPlaces } from '../replication/named-places.ts'
import { limited, openReplica } from '../replication/open-replica.ts'
import { recordedFiles } from '../replication/recorded-files.ts'
import type { Replica } from '../replication/replica.ts'
import { resolveReplication } from '../replication/resolve-replication.ts'
import { UnopenedBackend } from '../replication/unopened-backend.ts'
import type { Session } from '../session.ts'
import { encryptionFrom } from '../settings/encryption-settings.ts'
import { contentCheck } from './content-check.ts'

export interface PlanHealOptions extends OperationCalls {
  /** @defaultValue those that the backup was opened with */
  readonly replicas?: readonly Replica[] | undefined
  /** So many volumes, chosen at random. @defaultValue all */
  readonly samples?: number | undefined
  /** Names and sizes are looked at, digests that stores give, or every byte. @defaultValue download */
  readonly level?: 'listing' | 'checksum' | 'download' | undefined
}

/** Places that stay open from a plan to its end. @internal */
export interface Healing {
  readonly plan: HealPlan
  readonly resources: AsyncDisposable
}

/** @internal */
export async function planHealOf(
  session: Session,
  { replicas: given, samples, level, signal, onEvent }: PlanHealOptions
): Promise<Healing> {
  const { opened, passphrase } = session
  const { options } = opened
  const { destination, backendOptions, prefix, spoolFolder, clock } = options
  const store = await session.syncStore()
  const replication =
    given === undefined
      ? opened.replication
      : resolveReplication({ destination, backendOptions, replicas: given })
  const wanted = replication?.configuration.destinations.filter(({ isBlank }) => !isBlank) ?? []
  if (replication === undefined || wanted.length === 0)
    throw new ConfigurationError('CONFIG_MISSING', 'planHeal: name at least one replica to compare with')
  await using resources = new AsyncDisposableStack()
  const places = await Promise.all(
    wanted.map(async (one) => {
      try {
        return {
          destination: one,
          backend: resources.use(await openReplica(one, replication, options)).backend
        }
      } catch (error) {
        signal?.throwIfAborted()
        if (!isTercetError(error)) throw error
        return { destination: one, backend: new UnopenedBackend(one.displayName, error) }
      }
    })
  )
  const others = namedPlaces(places).map(
    ({ name, backend, destination: one }) => [name, { backend, ledger: store.ledger(one.id) }] as const
  )
  const plan = await planHeal({
    places: Object.fromEntries([['primary', limited(opened.store, options)] as const, ...others]),
    prefix,
    recorded: await recordedOf(() => session.forReading({ signal, onEvent })),
    verify: contentCheck({ ...options, passphrase, encryption: encryptionFrom(options) }),
    samples,
    level,
    backendRetries: options.retries + 1,
    backendRetryDelayMs: options.retryDelayMs,
    temporaryFolder: spoolFolder,
    clock,
    signal,
    onEvent
  })
  return { plan, resources: resources.move() }
}

/** Without a catalog, what is right is found out in other ways. */
async function recordedOf(context: () => Promise<ReadingContext>): Promise<EngineOptions['recorded']> {
  try {
    return recordedFiles((await context()).catalog)
  } catch (error) {
    if (isTercetError(error) && /^(RECREATE_|ENGINE_|VOLUME_|STORAGE_)/.test(error.code)) return undefined
    throw error
  }
}
