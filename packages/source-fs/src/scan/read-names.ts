import { readdirSync } from 'node:fs'
import type { SourceIssue } from '../source-error.ts'

/** U+FFFD, which stands where the bytes of a name were no UTF-8, unless the name really has it. */
const REPLACEMENT = '\ufffd'

/**
 * The names in a folder, in no particular order. Names that are not UTF-8 are left out and reported, since the format
 * can store text only; Node's own reading would silently give another name, which does not exist.
 */
export function readNames(folder: string, issues: SourceIssue[]): string[] {
  const names = readdirSync(folder)
  for (const name of names) if (name.includes(REPLACEMENT)) return readRawNames(folder, issues)
  return names
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readRawNames(folder: string, issues: SourceIssue[]): string[] {
  const names: string[] = []
  for (const raw of readdirSync(folder, { encoding: 'buffer' })) {
    try {
      names.push(decoder.decode(raw))
    } catch {
      const path = folder + printable(raw)
      issues.push({
        code: 'SOURCE_NAME_NOT_UTF8',
        severity: 'warning',
        message: `${path} is not backed up: its name is not UTF-8, so the format cannot store it; rename it`,
        path,
        carryOver: 'none'
      })
    }
  }
  return names
}

/** The name with each byte that is not plain ASCII as `\xHH`. */
function printable(raw: Uint8Array): string {
  let text = ''
  for (const byte of raw) {
    text +=
      byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte)
  }
  return text
}
