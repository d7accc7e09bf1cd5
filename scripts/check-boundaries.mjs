// What `turbo boundaries` cannot tell, because it does not distinguish dev dependencies nor look at builtin modules:
//
// 1. the sources of a package import only what an installation of it brings along (no dev dependency);
// 2. whatever the main entry of `interface`, `crypto` and `volume-format`, and the portable one of `core`, reaches imports
//    nothing from `node:`;
// 3. `core`, `engine` and the layers never depend on a backend;
// 4. `cli` uses nothing of Tercet but `sdk`, `jobs`, `native` for what is a matter of the whole process, the conformance
//    suite for a user's own store, and the backends, which it loads by `import()` when one is used.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { publishedPackages } from './packages.mjs'
import { root } from './toolchain.mjs'

const portable = {
  interface: 'index.ts',
  crypto: 'index.ts',
  'volume-format': 'index.ts',
  core: 'portable/index.ts'
}
const usedByCli = ['@tercet/cli', '@tercet/sdk', '@tercet/jobs', '@tercet/native', '@tercet/testkit-backend']
const withoutBackend = [
  'core',
  'engine',
  'source-fs',
  'source-watch',
  'storage-layers',
  'sync-engine',
  'sync-policy',
  'volume-format',
  'crypto',
  'native'
]
const problems = []

/** Every import, export-from and `import()` of a file; `typeOnly` where nothing of it is left at run time. */
function importsOf(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ESNext)
  const found = []
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      const typeOnly = ts.isImportDeclaration(node) ? node.importClause?.isTypeOnly : node.isTypeOnly
      found.push({ specifier: node.moduleSpecifier.text, typeOnly: typeOnly === true })
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments
      if (argument && ts.isStringLiteralLike(argument))
        found.push({ specifier: argument.text, typeOnly: false, dynamic: true })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const packageNameOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* sourceFiles(path)
    else if (/\.m?ts$/.test(entry.name)) yield path
  }
}

/** Everything that `entry` reaches by relative imports which are left after the types are gone. */
function reachableFrom(entry, seen = new Set()) {
  if (seen.has(entry) || !existsSync(entry)) return seen
  seen.add(entry)
  for (const { specifier, typeOnly } of importsOf(entry)) {
    if (specifier.startsWith('.') && !typeOnly) reachableFrom(resolve(dirname(entry), specifier), seen)
  }
  return seen
}

/** Modules of others that the build puts into what is published. */
const INSIDE = { 'backend-sftp': ['ssh2'] }

for (const { name, folder, manifest } of publishedPackages()) {
  const allowed = new Set([
    manifest.name,
    ...(INSIDE[name] ?? []),
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.optionalDependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {})
  ])
  for (const file of sourceFiles(join(folder, 'src'))) {
    for (const { specifier, dynamic } of importsOf(file)) {
      if (specifier.startsWith('.') || isBuiltin(specifier)) continue
      if (name === 'cli' && specifier.startsWith('@tercet/backend-') && !dynamic)
        problems.push(`${relative(root, file)}: ${specifier} must be loaded by import() when it is used`)
      if (!allowed.has(packageNameOf(specifier))) {
        problems.push(`${relative(root, file)}: ${specifier} is no dependency of ${manifest.name}`)
      }
    }
  }
  if (Object.hasOwn(portable, name)) {
    for (const file of reachableFrom(join(folder, 'src', portable[name]))) {
      for (const { specifier, typeOnly } of importsOf(file)) {
        if (isBuiltin(specifier) && !typeOnly) {
          problems.push(`${relative(root, file)}: ${specifier} in the portable entry of ${manifest.name}`)
        }
      }
    }
  }
  const own = [...allowed].filter((dependency) => dependency.startsWith('@tercet/'))
  if (withoutBackend.includes(name)) {
    for (const dependency of own.filter((dependency) => dependency.startsWith('@tercet/backend-'))) {
      problems.push(`${manifest.name} must not depend on ${dependency}`)
    }
  }
  if (name === 'cli') {
    for (const dependency of own.filter(
      (each) => !usedByCli.includes(each) && !each.startsWith('@tercet/backend-')
    )) {
      problems.push(`${manifest.name} must not depend on ${dependency}`)
    }
  }
}

for (const problem of problems) console.error(problem)
console.log(`boundaries: ${problems.length === 0 ? 'as they should be' : `${problems.length} problems`}`)
process.exitCode = problems.length === 0 ? 0 : 1
