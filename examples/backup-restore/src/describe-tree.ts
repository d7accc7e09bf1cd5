import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as path from 'node:path'

/**
 * One line for each entry below `root`, sorted: type, mode, owner, modification time in units of 100 ns (what the format
 * holds), size, SHA-256 of the content or target of the link, extended attributes.
 */
export async function describeTree(root: string): Promise<string[]> {
  const attributes = extendedAttributes(root)
  const names = fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  return names.map((name) => {
    const file = path.join(root, name)
    const stat = fs.lstatSync(file, { bigint: true })
    return JSON.stringify({
      name,
      type: stat.isSymbolicLink() ? 'link' : stat.isDirectory() ? 'folder' : 'file',
      mode: (stat.mode & 0o777n).toString(8),
      owner: `${stat.uid}:${stat.gid}`,
      ticks: String(stat.mtimeNs / 100n),
      target: stat.isSymbolicLink() ? fs.readlinkSync(file) : undefined,
      size: stat.isFile() ? String(stat.size) : undefined,
      sha256: stat.isFile() ? createHash('sha256').update(fs.readFileSync(file)).digest('hex') : undefined,
      attributes: attributes.get(name)
    })
  })
}

function extendedAttributes(root: string): Map<string, string> {
  const found = new Map<string, string>()
  try {
    const text = execFileSync('getfattr', ['-Rhd', '-m', '^user\\.', '-e', 'hex', '.'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore']
    })
    for (const paragraph of text.toString().split('\n\n')) {
      const [first, ...lines] = paragraph.trim().split('\n')
      if (first?.startsWith('# file: ')) found.set(first.slice('# file: '.length), lines.join(' '))
    }
  } catch {
    // No getfattr on this system: then attributes are not compared.
  }
  return found
}

/** The first line that is in one description only, for a message; undefined when both are equal. */
export function firstDifference(expected: string[], found: string[]): string | undefined {
  const missing = expected.find((line) => !found.includes(line))
  if (missing !== undefined) return `expected ${missing}`
  const extra = found.find((line) => !expected.includes(line))
  return extra === undefined ? undefined : `unexpected ${extra}`
}
