// The packages of the repository, as their package.json files tell.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './toolchain.mjs'

/** Every published package, in the order of its folder name. */
export function publishedPackages() {
  return readdirSync(join(root, 'packages'))
    .filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
    .sort()
    .map((name) => {
      const folder = join(root, 'packages', name)
      return { name, folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }
    })
    .filter(({ manifest }) => manifest.private !== true)
}

/** The entries of a package that hold code: `{ '.': './dist/index.d.ts', './worker': … }`, plus the one for Node. */
export function typedEntries(manifest) {
  const entries = {}
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (typeof target !== 'object') continue
    entries[subpath] = target.types
    if (target.node) entries[`${subpath} (node)`] = target.node.types
  }
  return entries
}
