import type { ReplicaPlan, SyncPlan } from './sync-plan.ts'

export interface FormatPlanOptions {
  /** Most files to name of each replica. @defaultValue 20 */
  readonly maxFiles?: number | undefined
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** A plan for people, line by line: what is read, and what each replica gets and loses, with the reasons. */
export function formatSyncPlan(plan: SyncPlan, options: FormatPlanOptions = {}): string[] {
  const { primary, reads, readBytes } = plan
  return [
    `${primary.displayName}: ${count(primary.files)}, ${formatBytes(primary.bytes)}; ${count(reads.length)} to read once, ${formatBytes(readBytes)}`,
    ...Object.values(plan.replicas).flatMap((replica) => formatReplica(replica, options.maxFiles ?? 20))
  ]
}

function formatReplica(replica: ReplicaPlan, maxFiles: number): string[] {
  const isNamedByPlace = replica.id === replica.displayName
  const head = `${replica.id}${isNamedByPlace ? '' : ` (${replica.displayName})`}:`
  if (replica.refusal !== undefined)
    return [`${head} refused, ${replica.refusal.code}: ${replica.refusal.message}`]
  const { puts, deletes } = replica
  const renames = deletes.filter(({ renameTo }) => renameTo !== undefined).length
  const summary = [
    ...(replica.isNew ? ['folder to be made'] : []),
    `${count(replica.equalFiles)} equal`,
    `${puts.length} to copy (${formatBytes(replica.putBytes)})`,
    `${deletes.length - renames} to delete`,
    ...(renames > 0 ? [`${renames} to rename`] : []),
    ...(replica.foreignFiles > 0 ? [`${replica.foreignFiles} foreign, left alone`] : []),
    ...(deletes.length > 0 && puts.length > 0 ? [`order ${replica.deleteOrder}`] : [])
  ]
  const lines = [
    ...puts.map(
      ({ path, sizeBytes, reason }) =>
        `  + ${path} ${sizeBytes === undefined ? '' : `${formatBytes(sizeBytes)}, `}${reason}`
    ),
    ...deletes.map(({ path, renameTo, reason }) =>
      renameTo === undefined ? `  - ${path} ${reason}` : `  ~ ${path} -> ${renameTo}`
    ),
    ...replica.issues.map(({ message }) => `  ! ${message}`)
  ]
  const more = lines.length - maxFiles
  return [
    `${head} ${summary.join(', ')}`,
    ...lines.slice(0, maxFiles),
    ...(more > 0 ? [`  and ${more} more`] : [])
  ]
}

function count(files: number): string {
  return `${files} ${files === 1 ? 'file' : 'files'}`
}

export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}
