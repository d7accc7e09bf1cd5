/** Seeded generators: the same seed gives the same bytes on every machine. */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  int(below: number): number
  /** Log-normal size around `median`, at most `max`. */
  size(median: number, sigma: number, max: number): number
}

export function createRandom(seed: number): Random {
  let state = (seed * 2654435761) >>> 0 || 1
  const next = () => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 2 ** 32
  }
  for (let warm = 0; warm < 16; warm++) next()
  return {
    int: (below) => Math.floor(next() * below),
    size(median, sigma, max) {
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
      return Math.min(max, Math.max(1, Math.round(median * Math.exp(sigma * normal))))
    }
  }
}

const WORDS =
  'const return import export function async await class private readonly string number boolean if else for of in new this throw error value index length result options buffer volume block catalog path entry size hash time'.split(
    ' '
  )

/** Bytes that look like source text: about 2.3 times smaller after compression. */
export function textBytes(random: Random, sizeBytes: number): Buffer {
  const pieces: string[] = []
  for (let length = 0; length < sizeBytes; ) {
    const word = random.int(6) === 0 ? random.int(1e9).toString(36) : WORDS[random.int(WORDS.length)]!
    const piece = word + (random.int(9) === 0 ? ';\n' : ' ')
    pieces.push(piece)
    length += piece.length
  }
  return Buffer.from(pieces.join('').slice(0, sizeBytes), 'latin1')
}

/** Bytes that do not compress. */
export function noiseBytes(random: Random, sizeBytes: number): Buffer {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4))
  let state = random.int(0xffffffff) || 1
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[index] = state
  }
  return Buffer.from(words.buffer, 0, sizeBytes)
}
