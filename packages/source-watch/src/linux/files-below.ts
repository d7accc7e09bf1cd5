import { readdirSync } from 'node:fs'

/** Paths of all files in a folder, at any depth, as far as they can be read; links are not followed. */
export function* filesBelow(
  start: string,
  isEntered: (folder: string) => boolean,
  onLeftOut: (folder: string) => void = () => {}
): Generator<string> {
  const rest = [start]
  for (let folder = rest.pop(); folder !== undefined; folder = rest.pop()) {
    for (const entry of entriesOf(folder)) {
      const path = joined(folder, entry.name)
      if (entry.isFile()) yield path
      if (!entry.isDirectory()) continue
      if (isEntered(path)) rest.push(path)
      else onLeftOut(path)
    }
  }
}

export function joined(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
