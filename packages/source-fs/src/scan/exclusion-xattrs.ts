import { execFileSync } from 'node:child_process'
import type { XattrCalls } from '@tercet/native'
import { unescapeFattr } from '../metadata/fattr-dump.ts'
import { EXCLUSION_XATTRS, isExcludedByXattr } from './entry-decision.ts'

/** Answers whether an entry asks, by an extended attribute, to be left out. */
export interface ExclusionXattrs {
  isExcluded(path: string): boolean
}

const NONE: ExclusionXattrs = { isExcluded: () => false }

/**
 * By system call where that is there. Else one run of `getfattr` over each source, before the scan; where that program
 * is missing too, no entry is excluded this way.
 */
export function openExclusionXattrs(
  xattrs: XattrCalls | undefined,
  sources: readonly string[]
): ExclusionXattrs {
  if (xattrs !== undefined) return { isExcluded: (path) => isExcludedByXattr(namesOf(xattrs, path)) }
  const excluded = new Set<string>()
  for (const source of sources) for (const path of findMarked(source)) excluded.add(path)
  return excluded.size === 0 ? NONE : { isExcluded: (path) => excluded.has(path.replace(/(?<=.)\/$/, '')) }
}

function namesOf(xattrs: XattrCalls, path: string): readonly string[] {
  try {
    return xattrs.list(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)
  } catch {
    return []
  }
}

const PATTERN = `^(${EXCLUSION_XATTRS.map((name) => name.replaceAll('.', '\\.')).join('|')})$`

function findMarked(source: string): string[] {
  const args = [
    '--recursive',
    '--physical',
    '--no-dereference',
    '--absolute-names',
    '--match',
    PATTERN,
    '--',
    source
  ]
  let output: string
  try {
    output = execFileSync('getfattr', args, {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore']
    })
  } catch (error) {
    // It ends with 1 when it could not read something, having printed the rest.
    output = String((error as { stdout?: unknown }).stdout ?? '')
  }
  return [...output.matchAll(/^# file: (.*)$/gm)].map((match) => unescapeFattr(match[1]!))
}
