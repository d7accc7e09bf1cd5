import { createMemoryBackend, type MemoryBackend, type MemoryBackendOptions } from '@tercet/backend-memory'
import { bytesSource, type StorageBackend } from '@tercet/interface'
import { createFaults, createVirtualClock, type Faults, type VirtualClock } from '@tercet/testkit-faults'

export const text = (content: string) => new TextEncoder().encode(content)

/** Names of volumes by number. */
export const dblock = (n: number) => `duplicati-b${n.toString(16).padStart(32, '0')}.dblock.zip`
export const dindex = (n: number) => `duplicati-i${n.toString(16).padStart(32, '0')}.dindex.zip`
export const dlist = (n: number) =>
  `duplicati-${new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z.dlist.zip`

export async function fill(backend: StorageBackend, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) await backend.put(path, bytesSource(text(content)))
}

/** Content by name. */
export function contentOf(backend: MemoryBackend): Record<string, string> {
  const entries = [...backend.snapshot().objects].map(([path, { bytes }]) => [
    path,
    new TextDecoder().decode(bytes)
  ])
  return Object.fromEntries(entries.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)))
}

/** A small backup: so many versions, each with a data volume and its index. */
export function backupOf(versions: number): Record<string, string> {
  const files: Record<string, string> = {}
  for (let n = 1; n <= versions; n++) {
    files[dblock(n)] = `data ${n} `.repeat(10)
    files[dindex(n)] = `index ${n}`
    files[dlist(n)] = `list ${n}`
  }
  return files
}

export interface Place {
  readonly store: MemoryBackend
  readonly faults: Faults
  /** What the synchronization is given. */
  readonly backend: StorageBackend
}

export interface World {
  readonly clock: VirtualClock
  readonly primary: Place
  readonly replicas: readonly Place[]
}

/** A primary and replicas in memory, on one virtual clock, each with faults of its own. */
export function makeWorld(count = 1, options: MemoryBackendOptions = {}): World {
  const clock = createVirtualClock()
  const place = (name: string): Place => {
    const store = createMemoryBackend({ name, clock, ...options })
    const faults = createFaults({ clock })
    return { store, faults, backend: faults.layer(store) }
  }
  return {
    clock,
    primary: place('primary'),
    replicas: Array.from({ length: count }, (_, n) => place(`replica${n}`))
  }
}

/** The replicas as `planSync` takes them: `a`, `b`, `c`. */
export function named(world: World): Record<string, StorageBackend> {
  return Object.fromEntries(world.replicas.map(({ backend }, n) => [String.fromCharCode(97 + n), backend]))
}

export function calls(place: Place, method: string): number {
  return place.faults.calls.filter((call) => call.method === method).length
}

/** A backend of which some methods are others. */
export function altered(inner: StorageBackend, methods: Partial<StorageBackend>): StorageBackend {
  return new Proxy(inner, {
    get(target, key) {
      const own = methods[key as keyof StorageBackend]
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}
