/** Damaged volumes that are worth keeping: each led to an outcome of its own. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface CorpusEntry {
  readonly name: string
  /** What reading it ends with. */
  readonly codes: readonly string[]
  readonly base64: string
}

const FILE = fileURLToPath(new URL('./corpus/corpus.json', import.meta.url))
const MOST_BYTES = 4096

export function readCorpus(): CorpusEntry[] {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as CorpusEntry[]) : []
}

/** Type and kind of a volume, and the codes. */
function outcomeOf({ name, codes }: Pick<CorpusEntry, 'name' | 'codes'>): string {
  return [name.replace(/^[^.]*\./, ''), ...codes].join(' ')
}

/** Takes in what leads to new outcomes. */
export class CorpusCollection {
  readonly #entries = readCorpus()
  readonly #outcomes = new Set(this.#entries.map(outcomeOf))

  offer(name: string, bytes: Uint8Array, codes: readonly string[]): void {
    const outcome = outcomeOf({ name, codes })
    if (codes.length === 0 || bytes.length > MOST_BYTES || this.#outcomes.has(outcome)) return
    this.#outcomes.add(outcome)
    this.#entries.push({ name, codes, base64: Buffer.from(bytes).toString('base64') })
  }

  save(): number {
    this.#entries.sort((a, b) => (outcomeOf(a) < outcomeOf(b) ? -1 : 1))
    writeFileSync(FILE, `${JSON.stringify(this.#entries, undefined, 1)}\n`)
    return this.#entries.length
  }
}
