import { EngineError } from '@tercet/engine'
import { counted, type Secret, type StorageBackend } from '@tercet/interface'
import { Backup } from './backup.ts'
import { CatalogHolder } from './catalog/catalog-holder.ts'
import { defaultCatalogPath } from './catalog/catalog-path.ts'
import type { CatalogPlace } from './catalog/open-fitting-catalog.ts'
import { assertSupported } from './destination/assert-supported.ts'
import { checkPassphrase } from './destination/check-passphrase.ts'
import { openDestination } from './destination/open-destination.ts'
import { openPatiently } from './destination/open-patiently.ts'
import { stackLayers } from './destination/storage-stack.ts'
import { type DestinationSurvey, surveyDestination } from './destination/survey-destination.ts'
import { protectWrites } from './destination/write-protection.ts'
import { type OpenBackupOptions, type ResolvedOpenOptions, resolveOpenOptions } from './open-options.ts'
import type { Replication } from './replication/resolve-replication.ts'
import { SdkError } from './sdk-error.ts'
import { encryptionFrom } from './settings/encryption-settings.ts'

/**
 * Opens the backup at a destination, or a place for a new one. Lists the destination, tries the passphrase, and opens
 * the catalog where there is one: what can be wrong with these is found out here. Nothing is changed anywhere.
 *
 * Without a catalog everything works from the destination alone: operations that read take what they need into a
 * temporary catalog, and `run` makes one that stays.
 *
 * @throws ConfigurationError `CONFIG_*`; SdkError `STORAGE_UNKNOWN_SCHEME`, `BACKUP_CATALOG_MISMATCH`; EngineError
 * `ENGINE_PASSPHRASE_MISSING`, `ENGINE_PASSPHRASE_WRONG`; VolumeError `VOLUME_UNSUPPORTED_COMPRESSION`,
 * `VOLUME_UNSUPPORTED_ENCRYPTION`; CoreError `CATALOG_*`; StorageError; the reason of `signal`
 */
export async function openBackup(options: OpenBackupOptions): Promise<Backup> {
  const resolved = resolveOpenOptions(options)
  resolved.signal?.throwIfAborted()
  const replication = await replicationOf(resolved)
  const primary = await openStore(resolved)
  const best = await withFallbacksOf(primary, resolved)
  const store = best?.backend ?? primary
  try {
    const protection = protectWrites(stackLayers(store, resolved), resolved)
    const { backend } = protection
    const survey = await surveyDestination(backend, resolved.prefix, { signal: resolved.signal })
    assertSupported(backend, survey)
    const passphrase = await passphraseFor(backend, survey, resolved)
    best?.usePassphrase(passphrase)
    const place = { backend, survey, options: resolved }
    // Copies may hold versions that the destination has deleted: its own catalog is not to learn of them.
    const path =
      resolved.temporaryCatalog || best !== undefined
        ? undefined
        : (resolved.catalogPath ?? defaultCatalogPath(store, resolved.prefix))
    const catalogs = new CatalogHolder(place, path)
    await checkCatalog(place, catalogs)
    const isNew = survey.volumes.size === 0
    return new Backup({
      ...place,
      store,
      protection,
      passphrase,
      catalogs,
      catalogPath: path,
      isNew,
      replication
    })
  } catch (error) {
    if (!resolved.keepDestinationOpen) await store[Symbol.asyncDispose]()
    throw error
  }
}

/** A disk that is not mounted must neither look like a new destination, nor be written beside. */
async function checkCatalog({ backend, survey }: CatalogPlace, catalogs: CatalogHolder): Promise<void> {
  const catalog = await catalogs.existing()
  const known = catalog?.filesets.versions().length ?? 0
  if (catalog === undefined || survey.volumes.size > 0 || known === 0) return
  const { path } = catalog
  catalogs[Symbol.dispose]()
  throw new SdkError(
    'BACKUP_NOT_FOUND',
    `${backend.displayName} ${survey.isMissing ? 'does not exist' : 'has no volumes'}, but its catalog ${path} knows ${counted(known, 'version')}. Is its disk mounted?`,
    { context: { destination: backend.displayName, catalog: path, versions: known } }
  )
}

/** Nothing of replication is loaded where nothing is said about it. */
async function replicationOf(options: ResolvedOpenOptions): Promise<Replication | undefined> {
  if (options.replicas === undefined && options.syncConfiguration === undefined) return undefined
  const { resolveReplication } = await import('./replication/resolve-replication.ts')
  return resolveReplication(options)
}

async function openStore(options: ResolvedOpenOptions): Promise<StorageBackend> {
  const { destination, backends, credentials, backendOptions, fallbacks = [], signal } = options
  if (typeof destination !== 'string') return destination
  const context = { credentials, options: backendOptions }
  const open = () => openDestination(destination, backends, context)
  if (fallbacks.length === 0) return await openPatiently(open, options)
  const { openedOrAbsent } = await import('./destination/with-fallbacks.ts')
  return await openedOrAbsent(destination, open, signal)
}

async function withFallbacksOf(primary: StorageBackend, options: ResolvedOpenOptions) {
  const { fallbacks = [], keepDestinationOpen } = options
  if (fallbacks.length === 0) return undefined
  try {
    const { withFallbacks } = await import('./destination/with-fallbacks.ts')
    return await withFallbacks(primary, fallbacks, options)
  } catch (error) {
    if (!keepDestinationOpen) await primary[Symbol.asyncDispose]()
    throw error
  }
}

/** The passphrase of an existing destination, tried; that of a new one is asked for when it is first written to. */
async function passphraseFor(
  backend: StorageBackend,
  survey: DestinationSurvey,
  { passphrase, signal, ...options }: ResolvedOpenOptions
): Promise<Secret | string | undefined> {
  if (survey.encryption === undefined) return typeof passphrase === 'function' ? undefined : passphrase
  const text = typeof passphrase === 'function' ? await passphrase({ isNew: false }) : passphrase
  // Somebody else may look after keys.
  if ((text === undefined || text === '') && encryptionFrom(options).gpg !== undefined) return undefined
  if (text === undefined || text === '')
    throw new EngineError(
      'ENGINE_PASSPHRASE_MISSING',
      `${backend.displayName} is encrypted: a passphrase is needed`,
      { context: { destination: backend.displayName } }
    )
  await checkPassphrase(backend, survey, text, { signal })
  return text
}
