import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type FileCalls, RandomOperations } from '@tercet/testkit-data'
import { createRandom } from '../src/random.ts'

/** Where a scenario works. What it makes is its own; the random one works on everything in `root`. */
export interface Ground {
  readonly root: string
  /** On the same file system, not watched. */
  readonly outside: string
  readonly seed: number
  readonly files: FileCalls
}

/** What programs and users do to files that watchers are known to miss. */
export const SCENARIOS = {
  /** Writes, renames, links, atomic saves, deletions, at random. */
  mixed({ root, outside, seed, files }) {
    new RandomOperations(seed, join(root, 'mixed'), outside, files).do(6000)
  },

  /** Fresh folders, each with a file before anybody can have watched it. */
  nested({ root, seed, files }) {
    const top = fresh(root, 'nested', files)
    for (let count = 0; count < 500; count++) {
      const folder = join(top, `${count % 20}`, `${seed}`, `${count}`, 'deep')
      files.mkdirSync(folder, { recursive: true })
      for (const name of ['a', 'b']) files.writeFileSync(join(folder, name), `${seed} ${count}`)
    }
  },

  /** Trees that are made elsewhere, come in, are written to at once, and go out again in part. */
  moved({ root, outside, seed, files }) {
    const top = fresh(root, 'moved', files)
    for (let count = 0; count < 200; count++) {
      const made = join(outside, `tree-${seed}-${count}`)
      files.mkdirSync(join(made, 'in', 'side'), { recursive: true })
      for (let file = 0; file < 8; file++) files.writeFileSync(join(made, 'in', `${file}`), `${seed}`)
      const place = join(top, `tree-${count}`)
      files.renameSync(made, place)
      files.appendFileSync(join(place, 'in', '3'), 'after')
      files.writeFileSync(join(place, 'in', 'side', 'late'), `${count}`)
      if (count % 3 === 0) files.renameSync(place, join(outside, `gone-${seed}-${count}`))
    }
    for (const name of readdirSync(outside))
      if (name.startsWith('gone-')) files.rmSync(join(outside, name), { recursive: true })
  },

  /** Many changes of few files, faster than anybody reads. */
  flood({ root, seed, files }) {
    const top = join(root, 'flood')
    files.mkdirSync(top, { recursive: true })
    for (let count = 0; count < 20_000; count++)
      files.writeFileSync(join(top, `${count % 500}`), `${seed} ${count}`)
  },

  /** A folder with very many files; every other time it goes away. */
  crowd({ root, files, seed }) {
    const top = join(root, 'crowd')
    if (existsSync(top)) {
      files.rmSync(top, { recursive: true })
      return
    }
    files.mkdirSync(top)
    for (let count = 0; count < 40_000; count++) files.writeFileSync(join(top, `${count}`), `${seed}`)
  },

  /** Folders and files that change their names all the time, and are written to in between. */
  storm({ root, seed, files }) {
    const random = createRandom(seed)
    const top = fresh(root, 'storm', files)
    const names = Array.from({ length: 12 }, (_, index) => join(top, `${index}`))
    for (const [index, name] of names.entries()) {
      if (index % 4 === 3) continue
      files.mkdirSync(join(name, 'sub'), { recursive: true })
      for (let file = 0; file < 5; file++) files.writeFileSync(join(name, 'sub', `${file}`), `${index}`)
    }
    for (let count = 0; count < 4000; count++) {
      const [from, to] = [names[random.int(names.length)]!, names[random.int(names.length)]!]
      if (existsSync(from) && !existsSync(to)) files.renameSync(from, to)
      const folder = join(names[random.int(names.length)]!, 'sub')
      if (!existsSync(folder)) continue
      files.writeFileSync(join(folder, 'new~'), `${seed} ${count}`)
      files.renameSync(join(folder, 'new~'), join(folder, `${random.int(5)}`))
    }
  }
} as const satisfies Record<string, (ground: Ground) => void>

export type Scenario = keyof typeof SCENARIOS

/** An empty folder of a scenario: what it made the time before goes away. */
function fresh(root: string, name: string, files: FileCalls): string {
  const folder = join(root, name)
  if (existsSync(folder)) files.rmSync(folder, { recursive: true })
  files.mkdirSync(folder)
  return folder
}
