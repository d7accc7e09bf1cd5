/** A compiled test of a whole path. */
export type PathTest = (path: string) => boolean

/**
 * A wildcard expression over a full path: `*` stands for any run of characters, separators too, `?` for one character.
 * The text between two stars is looked for from left to right, once: the leftmost place is always good enough, because
 * the star after it takes whatever lies between. So there is no backtracking.
 */
export function compileGlob(glob: string): PathTest {
  const parts = glob.split('*').map((part) => new GlobPart(part))
  const head = parts[0]!
  if (parts.length === 1) return (path) => path.length === head.length && head.isAt(path, 0)
  const tail = parts.at(-1)!
  const middle = parts.slice(1, -1).filter((part) => part.length > 0)
  const shortest = parts.reduce((sum, part) => sum + part.length, 0)
  return (path) => {
    if (path.length < shortest) return false
    const end = path.length - tail.length
    if (!tail.isAt(path, end) || !head.isAt(path, 0)) return false
    let from = head.length
    for (const part of middle) {
      const at = part.find(path, from)
      if (at < 0) return false
      from = at + part.length
    }
    return from <= end
  }
}

/** Text without stars; question marks match any character. */
class GlobPart {
  readonly length: number
  readonly #text: string
  readonly #isPlain: boolean

  constructor(text: string) {
    this.#text = text
    this.length = text.length
    this.#isPlain = !text.includes('?')
  }

  isAt(path: string, at: number): boolean {
    if (this.#isPlain) return path.startsWith(this.#text, at)
    if (at + this.length > path.length) return false
    for (let index = 0; index < this.length; index++) {
      const wanted = this.#text.charCodeAt(index)
      if (wanted !== QUESTION_MARK && wanted !== path.charCodeAt(at + index)) return false
    }
    return true
  }

  find(path: string, from: number): number {
    if (this.#isPlain) return path.indexOf(this.#text, from)
    for (let at = from; at + this.length <= path.length; at++) if (this.isAt(path, at)) return at
    return -1
  }
}

const QUESTION_MARK = 63
