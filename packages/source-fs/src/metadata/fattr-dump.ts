import { spawnSync } from 'node:child_process'

/** Extended attributes by path, as names and values. */
export type XattrsByPath = Map<string, readonly (readonly [name: string, value: Uint8Array])[]>

const MAX_ARGUMENT_BYTES = 100_000
const MAX_OUTPUT_BYTES = 1 << 28

/**
 * Reads the attributes of many paths through the program `getfattr`, a few hundred paths a run; links are not followed.
 * Undefined where the program is missing.
 */
export function dumpXattrs(paths: readonly string[]): XattrsByPath | undefined {
  const found: XattrsByPath = new Map()
  for (const batch of batches(paths)) {
    const args = [
      '--no-dereference',
      '--absolute-names',
      '--dump',
      '--match=-',
      '--encoding=base64',
      '--',
      ...batch
    ]
    const run = spawnSync('getfattr', args, {
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT_BYTES,
      stdio: ['ignore', 'pipe', 'ignore']
    })
    if (run.error !== undefined) return undefined
    parseDump(run.stdout, found)
  }
  return found
}

/** Sets attributes of many paths through the program `setfattr`. False: it is missing, or could not set all. */
export function restoreXattrs(attributes: XattrsByPath): boolean {
  if (attributes.size === 0) return true
  const run = spawnSync('setfattr', ['--no-dereference', '--restore=-'], {
    input: formatDump(attributes),
    stdio: ['pipe', 'ignore', 'ignore']
  })
  return run.status === 0
}

function parseDump(output: string, found: XattrsByPath): void {
  for (const section of output.split('\n\n')) {
    const [head, ...lines] = section.split('\n')
    const path = /^# file: (.*)$/.exec(head ?? '')?.[1]
    if (path === undefined) continue
    found.set(unescapeFattr(path), lines.flatMap(parseLine))
  }
}

function parseLine(line: string): [string, Uint8Array][] {
  const match = /^(.+?)=0s([A-Za-z0-9+/=]*)$/.exec(line)
  return match === null ? [] : [[unescapeFattr(match[1]!), Buffer.from(match[2]!, 'base64')]]
}

function formatDump(attributes: XattrsByPath): string {
  let dump = ''
  for (const [path, pairs] of attributes) {
    dump += `# file: ${escapeFattr(path)}\n`
    for (const [name, value] of pairs)
      dump += `${escapeFattr(name)}=0s${Buffer.from(value).toString('base64')}\n`
    dump += '\n'
  }
  return dump
}

function* batches(paths: readonly string[]): Generator<string[]> {
  let batch: string[] = []
  let bytes = 0
  for (const path of paths) {
    batch.push(path)
    bytes += Buffer.byteLength(path) + 1
    if (bytes < MAX_ARGUMENT_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

/** Undoes the `\ooo` that these programs write for bytes that would break a line. */
export function unescapeFattr(text: string): string {
  if (!text.includes('\\')) return text
  const bytes = Buffer.from(text).toString('latin1')
  const raw = bytes.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8))
  )
  return Buffer.from(raw, 'latin1').toString()
}

function escapeFattr(text: string): string {
  return text.replace(
    /[\n\r\\=]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`
  )
}
