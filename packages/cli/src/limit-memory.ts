import { setFlagsFromString } from 'node:v8'
import { limitAllocator } from '@tercet/native'

/** Pools of the C library's allocator. By default it makes eight for each core, and none gives back what it has. */
const ARENAS = 2
const TRIM_BYTES = 128 * 1024
/** How much the old generation of a heap may grow until it is collected again. */
const HEAP_GROWTH_PERCENT = 10
/** By then the threads of an operation have begun, and no heap is large. */
const START_MS = 150

/**
 * Holds back what the process keeps in reserve: both are matters of the whole process, which a library leaves alone.
 * The young generation of the main thread's heap would else grow to 16 MiB and more, and what a backup makes there is dead
 * long before even a small one is full; the threads of a pool have limits of their own. What arrives from a network is
 * freed when the heap is collected, so the heap may grow only a little until it is: at the usual growth twice as much is
 * waiting for it. (To collect without marking ahead would free it too, but keeps 30 to 50 MiB more of what 100 000 small
 * files leave behind.)
 *
 * The heaps are limited after the start: once these flags are set, V8 refuses the compiled form of Node's own modules,
 * which every thread would then have to compile for itself.
 *
 * @param later calls `work` after so many milliseconds, without keeping the process alive for it
 */
export function limitMemory(later: (work: () => void, ms: number) => void = unreferenced): void {
  limitAllocator({ arenas: ARENAS, trimBytes: TRIM_BYTES })
  later(limitHeaps, START_MS)
}

function limitHeaps(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`)
}

function unreferenced(work: () => void, ms: number): void {
  setTimeout(work, ms).unref()
}
