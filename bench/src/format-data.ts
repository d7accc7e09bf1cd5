import { createRandom } from './random.ts'

/** Blocks of words, as files of programs compress. The same in each run. */
export function makeBlocks(totalBytes: number, blockBytes: number): Uint8Array[] {
  const random = createRandom(11)
  const words = Array.from({ length: 4000 }, () =>
    Uint8Array.from({ length: 3 + random.int(9) }, () => 97 + random.int(26))
  )
  const blocks: Uint8Array[] = []
  for (let made = 0; made < totalBytes; made += blockBytes) {
    const block = new Uint8Array(blockBytes)
    for (let at = 0; at < blockBytes; ) {
      const word = words[random.int(words.length)]!
      block.set(word.subarray(0, blockBytes - at), at)
      at += word.length + 1
    }
    blocks.push(block)
  }
  return blocks
}
