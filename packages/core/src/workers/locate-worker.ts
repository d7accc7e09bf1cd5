import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

export interface LocateWorkerOptions {
  /** Name of the package that has the worker module. */
  readonly packageName: string
  /** `import.meta.url` of a module directly in the package's `src` folder; undefined in a bundle of CommonJS. */
  readonly from: string | undefined
  /** Base name of the worker module, which the package also exports as `<packageName>/<name>`. */
  readonly name: string
  /** Base name, without `.js`, under which a bundle keeps the worker beside itself. */
  readonly bundledName: string
  /** Where the caller says that it is; wins over all others. */
  readonly explicit?: URL | undefined
}

/**
 * Finds a package's worker module: in the package itself, as sources or built; beside the bundle that the package was
 * made part of; or in the installed package, if the bundle left it there. Undefined when there is none.
 *
 * Code in a bundle has lost its place, so a file with a common name beside it may be anything: only the package
 * itself, known by its `package.json`, is trusted to have its worker under its common name.
 */
export function locateWorker(options: LocateWorkerOptions): URL | undefined {
  const { packageName, from, name, bundledName, explicit } = options
  if (explicit !== undefined) return explicit
  if (from === undefined || !from.startsWith('file:')) return undefined
  if (isInPackage(from, packageName)) return new URL(`./${name}${from.endsWith('.ts') ? '.ts' : '.js'}`, from)
  for (const extension of ['.js', '.mjs']) {
    const bundled = new URL(`./${bundledName}${extension}`, from)
    if (existsSync(bundled)) return bundled
  }
  return findInstalled(from, `${packageName}/${name}`)
}

function isInPackage(from: string, packageName: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', from), 'utf8'))
    return (manifest as { name?: unknown }).name === packageName
  } catch {
    return false
  }
}

function findInstalled(from: string, specifier: string): URL | undefined {
  try {
    return pathToFileURL(createRequire(from).resolve(specifier))
  } catch {
    return undefined
  }
}
