/** Shorter data says too little about itself. */
const LEAST_BYTES = 512
const PIECES = 4
const MOST_PIECE_BYTES = 1024
/**
 * Two bytes of noise are the same with a probability of 1/256. Data of 7.85 bits a byte and more, up to which chance
 * does not lead even with the shortest sample that counts, gains less than the 1.5 % that packing has to save.
 */
const MOST_EQUAL_PAIRS = 1.11 / 256

const counts = new Uint32Array(256)

/**
 * Whether data looks compressed or encrypted: the bytes of a sample from four places are evenly distributed. That takes
 * some microseconds, whatever the size. It does not see that noise repeats itself, so it is a guess about speed and never
 * about content.
 */
export function looksLikeNoise(data: Uint8Array): boolean {
  if (data.length < LEAST_BYTES) return false
  counts.fill(0)
  const pieceBytes = Math.min(MOST_PIECE_BYTES, data.length >>> 3)
  for (let piece = 0; piece < PIECES; piece++) {
    const from = Math.floor(((data.length - pieceBytes) * piece) / (PIECES - 1))
    for (let i = from; i < from + pieceBytes; i++) counts[data[i]!]!++
  }
  let equalPairs = 0
  for (let byte = 0; byte < 256; byte++) equalPairs += counts[byte]! * (counts[byte]! - 1)
  const sampled = PIECES * pieceBytes
  return equalPairs < MOST_EQUAL_PAIRS * sampled * (sampled - 1)
}
