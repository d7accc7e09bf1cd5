import { readFileSync, writeFileSync } from 'node:fs'
import { Script } from 'node:vm'
import { limitMemory } from '../../src/limit-memory.ts'

/**
 * `make FILE` keeps the compiled form of a script; `use FILE` prints whether V8 refuses it: at first, when memory was
 * limited, and when the time for the heaps had come.
 */
const [step, file] = process.argv.slice(2) as [string, string]
const script = (name: string) => `const ${name} = () => 1`
const names = ['first', 'limited', 'later']

if (step === 'make') {
  writeFileSync(
    file,
    JSON.stringify(names.map((name) => new Script(script(name)).createCachedData().toJSON()))
  )
} else {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { data: number[] }[]
  const isRefused = (at: number): boolean | undefined =>
    new Script(script(names[at] as string), { cachedData: Buffer.from(kept[at]?.data ?? []) })
      .cachedDataRejected
  const answers = [isRefused(0)]
  let limitHeaps = () => {}
  limitMemory((work) => {
    limitHeaps = work
  })
  answers.push(isRefused(1))
  limitHeaps()
  answers.push(isRefused(2))
  process.stdout.write(JSON.stringify(answers))
}
