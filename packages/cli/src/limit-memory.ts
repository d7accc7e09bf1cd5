import { setFlagsFromString } from 'node:v8'
import { limitAllocator } from '@tercet/native'

/** Pools of the C library's allocator. By default it makes eight for each core, and none gives back what it has. */
const ARENAS = 2
const TRIM_BYTES = 128 * 1024

/**
 * Holds back what the process keeps in reserve: both are matters of the whole process, which a library leaves alone.
 * The young generation of each thread's heap would else grow to 16 MiB and more, and the batches, hashes and buffers
 * that a backup makes are dead long before even a small one is full. What arrives from a network is freed when the heap was
 * marked: in steps beside the work, on a busy machine, that takes so long that twice as much is waiting for it.
 */
export function limitMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--no-incremental-marking')
  limitAllocator({ arenas: ARENAS, trimBytes: TRIM_BYTES })
}
