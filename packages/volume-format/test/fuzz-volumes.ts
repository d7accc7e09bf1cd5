/** Damages volumes in ways that depend on a seed alone, structure in mind: lengths, counts and magic numbers are favoured. */
import { readdirSync, readFileSync } from 'node:fs'
import { openFixture } from '@tercet/testkit-data'
import { readCorpus } from './corpus.ts'
import { goodVolume } from './good-volume.ts'
import { hostileVolumes } from './hostile-volumes.ts'
import { compressed, HOSTILE_PASSPHRASE, literal, openPgpMessage } from './raw-open-pgp.ts'

export interface FuzzedVolume {
  readonly name: string
  readonly bytes: Uint8Array
}

/** What is damaged: volumes of Duplicati of each type and method, plain, solid and encrypted, the hostile ones, and the corpus. */
export function fuzzCorpus(): FuzzedVolume[] {
  const corpus: FuzzedVolume[] = []
  for (const fixture of ['plain-zip', 'mixed-methods', 'aes-v2', 'aes-v3', 'tgz', 'tzstd']) {
    const { destination } = openFixture(fixture)
    const byType = new Map<string, FuzzedVolume>()
    for (const name of readdirSync(destination).sort()) {
      const type = /\.(dblock|dindex|dlist)\./.exec(name)?.[1]
      const bytes = new Uint8Array(readFileSync(`${destination}/${name}`))
      if (type !== undefined && bytes.length < (byType.get(type)?.bytes.length ?? Number.POSITIVE_INFINITY)) {
        byType.set(type, { name, bytes })
      }
    }
    corpus.push(...byType.values())
  }
  const [name, bytes] = goodVolume()
  corpus.push({ name, bytes })
  corpus.push({ name: `${name}.gpg`, bytes: openPgpMessage(literal(bytes), HOSTILE_PASSPHRASE) })
  corpus.push({ name: `${name}.gpg`, bytes: openPgpMessage(compressed(literal(bytes)), HOSTILE_PASSPHRASE) })
  for (const hostile of hostileVolumes()) {
    if (/deep|window|index of 250|4 GiB/.test(hostile.what)) corpus.push(hostile)
  }
  for (const { name, base64 } of readCorpus())
    corpus.push({ name, bytes: new Uint8Array(Buffer.from(base64, 'base64')) })
  return corpus
}

/** Numbers below `limit`, the same for the same seed. */
export function randomOf(seed: number): (limit: number) => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

const TELLING = [0, 1, 0x7f, 0x80, 0xfe, 0xff]

/** One volume of the corpus, damaged in one to eight places. */
export function fuzzedVolume(corpus: readonly FuzzedVolume[], seed: number): FuzzedVolume {
  const random = randomOf(seed)
  const { name, bytes } = corpus[random(corpus.length)]!
  return { name, bytes: damagedCopy(bytes, random) }
}

/** A copy with damage in one to eight places. */
export function damagedCopy(bytes: Uint8Array, random: (limit: number) => number): Uint8Array {
  let damaged: Uint8Array = bytes.slice()
  for (let times = 1 + random(8); times > 0 && damaged.length > 0; times--) {
    const at = position(damaged, random)
    switch (random(7)) {
      case 0:
        damaged[at]! ^= 1 << random(8)
        break
      case 1:
        damaged[at] = TELLING[random(TELLING.length)]!
        break
      case 2:
        damaged.fill(TELLING[random(TELLING.length)]!, at, at + 1 + random(8))
        break
      case 3:
        damaged = damaged.slice(0, at)
        break
      case 4:
        damaged = joined(
          damaged.subarray(0, at),
          damaged.subarray(Math.min(damaged.length, at + 1 + random(64)))
        )
        break
      case 5:
        damaged = joined(damaged.subarray(0, at), damaged.subarray(random(damaged.length)))
        break
      default:
        damaged.copyWithin(at, random(damaged.length), random(damaged.length))
    }
  }
  return damaged
}

/** Anywhere, but half of the time near the beginning or the end, where headers and directories are. */
function position({ length }: Uint8Array, random: (limit: number) => number): number {
  const near = Math.min(length, 400)
  const where = random(4)
  return where === 0 ? random(near) : where === 1 ? length - 1 - random(near) : random(length)
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
