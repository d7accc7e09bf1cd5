import type { CompactPlan } from './compact-plan.ts'

/** What a compaction has done so far. */
export class CompactTotals {
  fetchedVolumes = 0
  fetchedBytes = 0
  rewrittenVolumes = 0
  newVolumes = 0
  storedBytes = 0
  deletedVolumes = 0
  deletedBytes = 0
  wasStopped = false

  fetched(sizeBytes: number): void {
    this.fetchedVolumes += 1
    this.fetchedBytes += sizeBytes
  }

  copied(): void {
    this.rewrittenVolumes += 1
  }

  stored(sizeBytes: number): void {
    this.newVolumes += 1
    this.storedBytes += sizeBytes
  }

  /** Indexes go along with their volumes. */
  deleted(isDblock: boolean, sizeBytes: number): void {
    if (isDblock) this.deletedVolumes += 1
    this.deletedBytes += sizeBytes
  }

  progress({ volumesToRewrite }: CompactPlan) {
    return {
      volumes: this.fetchedVolumes,
      totalVolumes: volumesToRewrite.length,
      fetchedBytes: this.fetchedBytes,
      storedBytes: this.storedBytes,
      deletedBytes: this.deletedBytes
    }
  }
}
