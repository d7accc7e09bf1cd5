/**
 * A model of a backup for tests of its replication. Data volumes hold blocks, an index names its data volume, a list of a
 * version names the blocks that it needs; each content is sealed, so that any wrong byte is noticed. A compaction moves
 * blocks to a new volume and leaves the lists alone, as the real one does.
 */
import { createHash } from 'node:crypto'
import type { MemoryBackend } from '@tercet/backend-memory'
import { bytesSource } from '@tercet/interface'
import type { SeededRandom } from '@tercet/testkit-faults'

interface Version {
  readonly path: string
  readonly blocks: readonly number[]
}

interface Volume {
  readonly dblock: string
  readonly dindex: string
  readonly blocks: readonly number[]
}

export interface Step {
  readonly path: string
  /** Undefined: it is deleted. */
  readonly content: Uint8Array | undefined
}

const START = Date.UTC(2025, 0, 1)

export class ModelBackup {
  versions: Version[] = []
  volumes: Volume[] = []
  /** Every content that was ever stored under a name: names are never used twice. */
  readonly contents = new Map<string, Uint8Array>()
  readonly #random: SeededRandom
  readonly #paddingBytes: number
  #nextBlock = 1
  #nextVersion = 1

  constructor(random: SeededRandom, paddingBytes = 40) {
    this.#random = random
    this.#paddingBytes = paddingBytes
  }

  /** The steps of a backup at the destination, in the order in which they are made. */
  backup(newVolumes = 1): Step[] {
    const steps: Step[] = []
    for (let n = 0; n < newVolumes; n++) {
      const blocks = Array.from({ length: 1 + this.#random.integer(4) }, () => this.#nextBlock++)
      steps.push(...this.#store(blocks))
    }
    const stored = this.volumes.flatMap(({ blocks }) => blocks)
    const wanted = stored.filter(() => this.#random.integer(3) > 0)
    const newest = this.volumes.slice(-newVolumes).flatMap(({ blocks }) => blocks)
    const blocks = [...new Set([...wanted, ...newest])]
    const time = new Date(START + this.#nextVersion++ * 60_000)
      .toISOString()
      .slice(0, 19)
      .replace(/[-:]/g, '')
    const path = `duplicati-${time}Z.dlist.zip`
    this.versions.push({ path, blocks })
    steps.push(this.#put(path, { blocks }))
    return steps
  }

  /** Forgets the oldest versions; their blocks stay until a compaction. */
  deleteOldest(count: number): Step[] {
    const gone = this.versions.splice(0, Math.min(count, this.versions.length - 1))
    return gone.map(({ path }) => ({ path, content: undefined }))
  }

  /** Moves the blocks that are still needed out of some volumes into a new one. */
  compact(): Step[] {
    const needed = new Set(this.versions.flatMap(({ blocks }) => blocks))
    const [first, ...others] = this.volumes
    if (first === undefined) return []
    const old = [first, ...others.filter(() => this.#random.integer(2) === 0)]
    const blocks = old.flatMap((volume) => volume.blocks).filter((block) => needed.has(block))
    this.volumes = this.volumes.filter((volume) => !old.includes(volume))
    const steps = blocks.length === 0 ? [] : this.#store(blocks)
    for (const { dindex } of old) steps.push({ path: dindex, content: undefined })
    for (const { dblock } of old) steps.push({ path: dblock, content: undefined })
    return steps
  }

  /** What the primary holds when all steps were made. */
  get names(): string[] {
    return [
      ...this.volumes.flatMap(({ dblock, dindex }) => [dblock, dindex]),
      ...this.versions.map(({ path }) => path)
    ].sort()
  }

  /** Everything that is wrong with what a place shows; what befell `ignored` names is not its fault. */
  problemsOf(place: MemoryBackend, ignored: ReadonlySet<string> = new Set()): string[] {
    const problems: string[] = []
    const present = new Set<number>()
    const dlists: { path: string; blocks: number[] }[] = []
    for (const [path, { bytes }] of place.snapshot().objects) {
      const should = this.contents.get(path)
      if (should === undefined) continue
      if (!ignored.has(path) && !Buffer.from(bytes).equals(should)) {
        problems.push(`${path} shows wrong content`)
        continue
      }
      const { blocks } = open(should)
      if (path.includes('.dblock.')) for (const block of blocks) present.add(block)
      if (path.includes('.dlist.')) dlists.push({ path, blocks })
    }
    for (const path of ignored) {
      const should = this.contents.get(path)
      if (should !== undefined && path.includes('.dblock.'))
        for (const block of open(should).blocks) present.add(block)
    }
    for (const { path, blocks } of dlists) {
      const missing = blocks.filter((block) => !present.has(block))
      if (missing.length > 0)
        problems.push(`${path} cannot be restored: blocks ${missing.join(', ')} are missing`)
    }
    return problems
  }

  /** Versions that can be restored from a place. */
  restorableAt(place: MemoryBackend): string[] {
    const present = new Set<number>()
    const { objects } = place.snapshot()
    const isSound = (path: string) => {
      const bytes = objects.get(path)?.bytes
      return bytes !== undefined && Buffer.from(bytes).equals(this.contents.get(path) ?? Buffer.alloc(0))
    }
    for (const path of objects.keys()) {
      if (path.includes('.dblock.') && isSound(path))
        for (const block of open(objects.get(path)?.bytes as Uint8Array).blocks) present.add(block)
    }
    return [...objects.keys()].filter(
      (path) =>
        path.startsWith('duplicati-') &&
        path.includes('.dlist.') &&
        isSound(path) &&
        open(objects.get(path)?.bytes as Uint8Array).blocks.every((block) => present.has(block))
    )
  }

  /** Names of the volumes that a place holds and a version needs, unless it lacks some. */
  async requiredAt(place: MemoryBackend, dlist: string): Promise<ReadonlySet<string> | 'broken'> {
    const { objects } = place.snapshot()
    const needed = new Set(open(objects.get(dlist)?.bytes as Uint8Array).blocks)
    const names = new Set<string>()
    const found = new Set<number>()
    for (const [path, { bytes }] of objects) {
      if (!path.startsWith('duplicati-') || !path.includes('.dblock.')) continue
      const { blocks } = open(bytes)
      for (const block of blocks) found.add(block)
      if (blocks.some((block) => needed.has(block))) {
        names.add(path)
        names.add(path.replace('duplicati-b', 'duplicati-i').replace('.dblock.', '.dindex.'))
      }
    }
    return needed.isSubsetOf(found) ? names : 'broken'
  }

  #store(blocks: readonly number[]): Step[] {
    const id = Buffer.from(this.#random.bytes(16)).toString('hex')
    const volume = { dblock: `duplicati-b${id}.dblock.zip`, dindex: `duplicati-i${id}.dindex.zip`, blocks }
    this.volumes.push(volume)
    return [this.#put(volume.dblock, { blocks }), this.#put(volume.dindex, { blocks, of: volume.dblock })]
  }

  #put(path: string, data: object): Step {
    const padding = Buffer.from(this.#random.bytes(this.#random.integer(this.#paddingBytes))).toString('hex')
    const body = JSON.stringify({ ...data, padding })
    const content = new TextEncoder().encode(`${createHash('sha1').update(body).digest('hex')}${body}`)
    this.contents.set(path, content)
    return { path, content }
  }
}

function open(bytes: Uint8Array): { blocks: number[] } {
  return JSON.parse(new TextDecoder().decode(bytes.subarray(40)))
}

/** Makes steps at a place, in their order. */
export async function apply(steps: readonly Step[], place: MemoryBackend): Promise<void> {
  for (const { path, content } of steps) {
    if (content === undefined) await place.delete(path)
    else await place.put(path, bytesSource(content))
  }
}
