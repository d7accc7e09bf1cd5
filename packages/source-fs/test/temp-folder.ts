import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** A folder for each test of the file, removed after it. */
export function useTempFolder(): { readonly path: string } {
  const folder = { path: '' }
  beforeEach(() => {
    folder.path = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'tercet-source-')))
  })
  afterEach(() => {
    fs.rmSync(folder.path, { recursive: true, force: true })
  })
  return folder
}

/** Makes files and, for paths that end with a slash, folders. */
export function makeTree(root: string, paths: readonly string[]): void {
  for (const entry of paths) {
    const full = path.join(root, entry)
    if (entry.endsWith('/')) fs.mkdirSync(full, { recursive: true })
    else {
      fs.mkdirSync(path.dirname(full), { recursive: true })
      fs.writeFileSync(full, entry)
    }
  }
}
