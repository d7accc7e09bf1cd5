import type { BackupEvent } from '@tercet/sdk'
import { formatBytes, formatCounted, formatDuration, printable } from '@tercet/sdk/format'
import { Rate } from './rate.ts'

type StageName =
  | 'Scanned'
  | 'Read'
  | 'Uploaded'
  | 'Fetched'
  | 'Restored'
  | 'Verified'
  | 'Catalogued'
  | 'Deleted'
  | 'Compacted'
  | 'Rewritten'
  | 'Listed'
  | ReplicaName

/** The line of a replica is told from those of what was done by a mark before its name. */
type ReplicaName = `-> ${string}`

const BAR_WIDTH = 16
const REPLICA_WIDTH = 24

type ReplicaProgress = Extract<BackupEvent, { readonly type: 'sync-progress' }>['replicas'][number]

interface Stage {
  readonly name: StageName
  /** What was done so far, for people. */
  done: string
  /** The number by which the stage goes on, and what it ends at when that is known. */
  amount: number
  total: number | undefined
  /** The amount is bytes, so its rate can be shown. */
  readonly inBytes: boolean
  readonly rate: Rate
}

/** Turns events into one line for each stage that has begun, in the order in which they began. */
export class ProgressStages {
  readonly #stages = new Map<StageName, Stage>()
  #scanned: number | undefined

  /** @returns the stage that the event was about */
  apply(event: BackupEvent, now: number): string | undefined {
    switch (event.type) {
      case 'scan-progress':
      case 'scan-end':
        if (event.type === 'scan-end') this.#scanned = event.bytes
        return this.#set('Scanned', `${formatCounted(event.files, 'file')}, ${formatBytes(event.bytes)}`, now)
      case 'batch-end': {
        const done = `${formatCounted(event.processedFiles, 'file')}, ${formatBytes(event.processedBytes)}`
        return this.#set('Read', done, now, event.processedBytes, this.#scanned, true)
      }
      case 'upload-progress': {
        const done = formatBytes(event.uploadedBytes)
        return this.#set('Uploaded', done, now, event.uploadedBytes, undefined, true)
      }
      case 'fetch-end': {
        const done = `${event.fetched} of ${formatCounted(event.total, 'volume')}`
        return this.#set('Fetched', done, now, event.fetched, event.total)
      }
      case 'restore-progress': {
        const done = `${formatCounted(event.files, 'file')}, ${formatBytes(event.bytes)}`
        return this.#set('Restored', done, now, event.bytes, event.totalBytes, true)
      }
      case 'rewrite-progress': {
        const done = `${event.versions} of ${formatCounted(event.total, 'version')}`
        return this.#set('Rewritten', done, now, event.versions, event.total)
      }
      case 'verify-volume-end': {
        const done = `${event.verified} of ${formatCounted(event.total, 'volume')}`
        return this.#set('Verified', done, now, event.verified, event.total)
      }
      case 'recreate-start': {
        const done = `0 of ${formatCounted(event.volumes, 'volume')}, ${formatBytes(event.bytes)}`
        return this.#set('Catalogued', done, now, 0, event.volumes)
      }
      case 'recreate-progress': {
        const done = `${event.volumes} of ${formatCounted(event.totalVolumes, 'volume')}`
        return this.#set('Catalogued', done, now, event.volumes, event.totalVolumes)
      }
      case 'delete-progress': {
        const done = `${event.deleted} of ${formatCounted(event.total, 'version')}`
        return this.#set('Deleted', done, now, event.deleted, event.total)
      }
      case 'compact-progress': {
        const done = `${event.volumes} of ${formatCounted(event.totalVolumes, 'volume')}`
        return this.#set('Compacted', done, now, event.volumes, event.totalVolumes)
      }
      case 'sync-list':
        return this.#set('Listed', formatCounted(event.files, 'file'), now)
      case 'sync-progress':
        return this.#replicas(event.replicas, now)
      default:
        return undefined
    }
  }

  /** One line for each stage, with a bar where there is room for it, cut to `columns`. */
  lines(columns: number): string[] {
    return [...this.#stages.values()].map((stage) => {
      const line = lineOf(stage, true)
      return line.length <= columns ? line : lineOf(stage, false).slice(0, columns)
    })
  }

  line(name: string): string | undefined {
    const stage = this.#stages.get(name as StageName)
    return stage === undefined ? undefined : lineOf(stage, false)
  }

  /** The line of a stage for a place where nothing is drawn again; of replicas that of each. */
  printed(name: string): string {
    const names = isReplica(name) ? [...this.#stages.keys()].filter(isReplica) : [name]
    return names.map((one) => `${this.line(one)}\n`).join('')
  }

  #replicas(replicas: readonly ReplicaProgress[], now: number): string | undefined {
    let last: string | undefined
    for (const { id, state, files, totalFiles, bytes, totalBytes } of replicas) {
      const done = `${files} of ${formatCounted(totalFiles, 'file')}, ${formatBytes(bytes)}`
      const isOver = state === 'done' || state === 'failed' || state === 'deleting'
      const name: ReplicaName = `-> ${printable(id)}`
      last = this.#set(name, isOver ? `${done}, ${state}` : done, now, bytes, totalBytes, true)
    }
    return last
  }

  #set(
    name: StageName,
    done: string,
    now: number,
    amount = 0,
    total: number | undefined = undefined,
    inBytes = false
  ): string {
    let stage = this.#stages.get(name)
    if (stage === undefined) {
      stage = { name, done, amount, total, inBytes, rate: new Rate() }
      this.#stages.set(name, stage)
    }
    Object.assign(stage, { done, amount, total })
    stage.rate.add(amount, now)
    return name
  }
}

function isReplica(name: string): boolean {
  return name.startsWith('-> ')
}

/** The end of a long place tells more than its beginning. */
function titleOf(name: StageName): string {
  if (!isReplica(name) || name.length <= REPLICA_WIDTH)
    return name.padEnd(isReplica(name) ? REPLICA_WIDTH : 10)
  return `-> …${name.slice(4 - REPLICA_WIDTH)}`
}

function lineOf({ name, done, amount, total, inBytes, rate }: Stage, withBar: boolean): string {
  const bar = withBar && total !== undefined && total > 0 ? `${barOf(amount / total)} ` : ''
  const parts = [`${titleOf(name)} ${bar}${done}`]
  const perSecond = rate.perSecond
  if (total !== undefined && total > 0 && amount <= total)
    parts.push(`${Math.floor((amount / total) * 100)} %`)
  if (perSecond !== undefined && perSecond > 0) {
    if (inBytes) parts.push(`${formatBytes(perSecond)}/s`)
    if (total !== undefined && total > amount)
      parts.push(`${formatDuration(((total - amount) / perSecond) * 1000)} left`)
  }
  return parts.join(', ')
}

function barOf(share: number): string {
  const filled = Math.round(Math.min(1, share) * BAR_WIDTH)
  const head = filled > 0 && filled < BAR_WIDTH ? `${'='.repeat(filled - 1)}>` : '='.repeat(filled)
  return `[${head.padEnd(BAR_WIDTH)}]`
}
