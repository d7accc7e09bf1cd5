import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import type { FormatVector } from './format-vector.ts'
import { formatVectors, readFormatVector } from './format-vectors.ts'
import { createTemporaryFolder } from './temporary-folder.ts'
import { compareReading, type VectorReading } from './vector-reading.ts'

const USAGE = `Usage: tercet-format-vectors [--only=WORD] PROGRAM [ARGUMENTS]

Asks PROGRAM about each format vector, one process a vector, and compares what it answers.
--only=WORD  the vectors of this name, kind or feature
The protocol is in vectors/README.md of @tercet/testkit-data.`

/** Writes the files of a vector into `folder` and says what a program is asked. */
async function prepare(vector: FormatVector, folder: string): Promise<object> {
  const { id, kind, passphrase } = vector
  if (vector.kind === 'names')
    return { id, kind, prefix: vector.prefix, names: vector.names.map(({ name }) => name) }
  const files = vector.kind === 'destination' ? vector.files : [vector.file]
  await mkdir(folder)
  for (const { name, base64 } of files) await writeFile(`${folder}/${name}`, Buffer.from(base64, 'base64'))
  if (vector.kind === 'destination') return { id, kind, folder, prefix: vector.prefix, passphrase }
  if (vector.kind === 'verification') return { id, kind, file: `${folder}/${vector.file.name}` }
  const { settings, recorded, file } = vector
  return { id, kind, file: `${folder}/${file.name}`, passphrase, settings, recorded }
}

/** Starts the program with the question on its standard input; its answer is what it writes. */
async function ask(program: readonly string[], question: object): Promise<VectorReading> {
  const [command = '', ...args] = program
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  ended.catch(() => {})
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(question))
  let answer = ''
  for await (const text of child.stdout.setEncoding('utf8')) answer += text
  const code = await ended
  if (code !== 0) throw new Error(`the program ended with ${code}`)
  return JSON.parse(answer) as VectorReading
}

/** Differences of one vector, a line each. */
async function run(program: readonly string[], id: string, folder: string): Promise<string[]> {
  const vector = readFormatVector(id)
  const question = await prepare(vector, folder)
  try {
    return compareReading(vector, await ask(program, question))
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/**
 * Asks a program about the vectors and writes a line for each, and more for differences.
 *
 * @returns whether the program conforms to all vectors that were chosen
 */
export async function runVectors(args: readonly string[], write: (line: string) => void): Promise<boolean> {
  if (args[0] === '--help' || args[0] === '--version') {
    write(args[0] === '--help' ? USAGE : packageVersion())
    return true
  }
  const only = args[0]?.startsWith('--only=') ? args[0].slice(7) : undefined
  const program = only === undefined ? args : args.slice(1)
  if (program.length === 0 || program[0]?.startsWith('-')) {
    write(USAGE)
    return false
  }
  await using folder = await createTemporaryFolder('format-vectors-')
  const chosen = formatVectors().vectors.filter(
    ({ id, kind, features }) => only === undefined || [id, kind, ...features].includes(only)
  )
  let failed = 0
  for (const [number, { id }] of chosen.entries()) {
    const differences = await run(program, id, folder.join(String(number)))
    if (differences.length > 0) failed++
    write(
      differences.length === 0
        ? `ok      ${id}`
        : `failed  ${id}\n${differences.map((line) => `        ${line}`).join('\n')}`
    )
  }
  write(`${chosen.length} vectors, ${failed} failed`)
  return failed === 0 && chosen.length > 0
}

function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}
