/** No regular expression that text of a destination meets can take time that grows faster than its length by much. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** Folders whose code reads names, paths, listings and content of a destination. */
const FOLDERS = [
  'volume-format/src',
  'crypto/src',
  'core/src',
  'engine/src',
  'source-fs/src/restore',
  'source-fs/src/metadata',
  'sync-engine/src',
  'backend-kit/src',
  'backend-webdav/src',
  'backend-s3/src',
  'backend-ftp/src',
  'backend-smb/src',
  'backend-rclone/src',
  'backend-swift/src',
  'backend-azure/src'
]
const packages = fileURLToPath(new URL('../../', import.meta.url))
const LITERAL =
  /(?<=[=(,:!&|?[{;\s])\/(?![/* ])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+)\/[dgimsuvy]*(?=[.,;)\s\]:}])/g

function literalsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  return [...code.matchAll(LITERAL)].map((match) => match[1]!)
}

/** Each round begins with a character that none of its others is, so there is one way to match. */
const SEPARATED = ['(?:-[a-z]+)+']

/**
 * Whether an unbounded repetition lies within another one: the one thing that makes a failed match take time that is
 * exponential.
 */
function nestsRepetitions(pattern: string): boolean {
  const inner: boolean[] = [false]
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!
    let closed: boolean | undefined
    if (character === '\\') at++
    else if (character === '[') {
      for (at++; pattern[at] !== ']'; at++) if (pattern[at] === '\\') at++
    } else if (character === '(') {
      inner.push(false)
      continue
    } else if (character === ')') closed = inner.pop()!
    const isRepeated = /^(?:[*+]|\{\d+,\})/.test(pattern.slice(at + 1))
    if (closed === true && isRepeated) return true
    if (closed === true || isRepeated) inner[inner.length - 1] = true
  }
  return false
}

describe('the check', () => {
  test.each(['(a+)+', '(?:a*b?)*', '((a|b)*c)+', '(\\w+\\s?)*$', '(a+){2,}'])('finds %s', (pattern) => {
    expect(nestsRepetitions(pattern)).toBe(true)
  })
  test.each(['a+b+', '(?:ab)+', '[(+*)]+', '\\(a+\\)+', '(a+)?', '(a+){1,3}', '(?:^|[\\\\/])\\.\\.'])(
    'passes %s',
    (pattern) => {
      expect(nestsRepetitions(pattern)).toBe(false)
    }
  )
  test('finds literals in code, and no divisions', () => {
    expect(literalsOf('const a = /x+/.test(b) // y\nconst c = d / e / f\nf(/[/]+\\//gi, g)')).toEqual([
      'x+',
      '[/]+\\/'
    ])
  })
})

test.each(FOLDERS)('%s: no repetition lies within another', (folder) => {
  const files = readdirSync(packages + folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts')
  )
  expect(files.length).toBeGreaterThan(0)
  const nested = files.flatMap((name) =>
    literalsOf(readFileSync(`${packages}${folder}/${name}`, 'utf8'))
      .filter((pattern) =>
        nestsRepetitions(SEPARATED.reduce((left, known) => left.replace(known, ''), pattern))
      )
      .map((pattern) => `${name}: ${pattern}`)
  )
  expect(nested).toEqual([])
})
