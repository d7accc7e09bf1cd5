import * as fs from 'node:fs'
import * as path from 'node:path'

/** A stable code, as its package declares and explains it. */
export interface DocumentedCode {
  readonly code: string
  readonly package: string
  /** Undefined where the comment above the declaration forgets it. */
  readonly meaning: string | undefined
}

const DECLARATION =
  /(?:\/\*\*(?<comment>(?:(?!\*\/)[\s\S])*)\*\/\s*)?export type \w*Code\w* =(?<union>[^=]*?)\n(?=\n|export|const|\/\*\*)/g
const BULLET = /^- `(?<code>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`\s*(?<meaning>.*)$/

/** Every code in the unions of codes of all packages, in the order of their declaration. */
export function documentedCodes(root: string): DocumentedCode[] {
  const packages = fs.readdirSync(path.join(root, 'packages')).sort()
  return packages.flatMap((name) => {
    const meanings = new Map<string, string>()
    const codes = new Set<string>()
    for (const file of sourceFiles(path.join(root, 'packages', name, 'src'))) {
      for (const { groups } of fs.readFileSync(file, 'utf8').matchAll(DECLARATION)) {
        for (const [code, meaning] of bullets(groups?.['comment'] ?? '')) meanings.set(code, meaning)
        for (const [, code] of (groups?.['union'] ?? '').matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g))
          codes.add(code!)
      }
    }
    return [...codes].map((code) => ({ code, package: name, meaning: meanings.get(code) }))
  })
}

/** The list items of a comment, their continuation lines joined. */
function bullets(comment: string): Map<string, string> {
  const found = new Map<string, string>()
  let current: string | undefined
  for (const raw of comment.split('\n')) {
    const line = raw.replace(/^\s*\* ?/, '')
    const bullet = BULLET.exec(line)
    if (bullet?.groups) {
      current = bullet.groups['code']!
      found.set(current, bullet.groups['meaning']!)
    } else if (current !== undefined && /^\s+\S/.test(line))
      found.set(current, `${found.get(current)} ${line.trim()}`)
    else current = undefined
  }
  return found
}

function sourceFiles(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name))
    .sort()
}
