// The API report of every package: what its built declarations export, sorted and without comments, in
// packages/<name>/api.md. A change of the public API is thereby a change of a file that a reviewer sees.
//
//   node scripts/api-report.mjs            compare, fail on a difference
//   node scripts/api-report.mjs --update   write the reports; names of packages limit it
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { publishedPackages, typedEntries } from './packages.mjs'
import { root } from './toolchain.mjs'

const update = process.argv.includes('--update')
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed })

function report({ folder, manifest }, program) {
  const checker = program.getTypeChecker()
  const lines = [
    `# API of ${manifest.name}`,
    '',
    'Made by `npm run api` from the built declarations. Do not edit.'
  ]
  for (const [entry, types] of Object.entries(typedEntries(manifest))) {
    const source = program.getSourceFile(join(folder, types))
    const module = source && checker.getSymbolAtLocation(source)
    lines.push('', `## ${entry}`, '')
    const exported = module ? checker.getExportsOfModule(module) : []
    if (exported.length === 0) {
      lines.push('Nothing yet.')
      continue
    }
    const shown = new Set()
    const pending = []
    const own = [...exported].sort((a, b) => (a.name < b.name ? -1 : 1))
    lines.push('```ts')
    for (const symbol of own) lines.push(...print(symbol, symbol.name, 'export '))
    // What the exported declarations mention and nobody exports belongs to the API all the same.
    for (let next = pending.shift(); next; next = pending.shift()) {
      lines.push(...print(next, next.name, '// not exported\n'))
    }
    lines.push('```')

    function print(symbol, name, prefix) {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      if (shown.has(target)) return prefix === 'export ' ? [`export { ${target.name} as ${name} }`] : []
      shown.add(target)
      const result = []
      for (const declaration of target.declarations ?? []) {
        const file = declaration.getSourceFile()
        const from = relative(folder, file.fileName)
        if (from.startsWith('..')) {
          const origin = /([^/]+)\/dist\//.exec(file.fileName)?.[1]
          result.push(`export { ${name} } // of ${origin ? `@tercet/${origin}` : 'another package'}`)
          break
        }
        result.push(prefix + textOf(declaration, file))
        collect(declaration)
      }
      return result
    }

    function collect(node) {
      if (ts.isIdentifier(node)) {
        const symbol = checker.getSymbolAtLocation(node)
        const target =
          symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
        const declaration = target?.declarations?.[0]
        const isTopLevel = declaration && ts.isSourceFile(topLevelParent(declaration) ?? declaration)
        const isOwn = declaration && !relative(folder, declaration.getSourceFile().fileName).startsWith('..')
        const isExported = own.some((each) => resolved(each) === target)
        if (isTopLevel && isOwn && !isExported && !shown.has(target) && !pending.includes(target)) {
          pending.push(target)
        }
      }
      ts.forEachChild(node, collect)
    }

    function resolved(symbol) {
      return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    }
  }
  return `${lines.join('\n')}\n`
}

/** The parent of a declaration, looking through the two nodes that a variable has around it. */
function topLevelParent(declaration) {
  return ts.isVariableDeclaration(declaration) ? declaration.parent?.parent?.parent : declaration.parent
}

function textOf(declaration, file) {
  const isVariable = ts.isVariableDeclaration(declaration)
  const node = isVariable ? declaration.parent : declaration
  const text = printer
    .printNode(ts.EmitHint.Unspecified, node, file)
    .replace(/^(export |default |declare )+/, '')
    // a bundler numbers what it has to rename
    .trimEnd()
  return isVariable && !text.endsWith(';') ? `${text};` : text
}

const packages = publishedPackages().filter(({ name }) => only.length === 0 || only.includes(name))
const program = ts.createProgram({
  rootNames: packages.flatMap(({ folder, manifest }) =>
    Object.values(typedEntries(manifest)).map((types) => join(folder, types))
  ),
  options: {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
    noEmit: true
  }
})
let different = 0
for (const each of packages) {
  const path = join(each.folder, 'api.md')
  const text = report(each, program)
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (text === before) continue
  different++
  if (update) writeFileSync(path, text)
  console.log(`${relative(root, path)}: ${update ? 'updated' : 'does not match the built declarations'}`)
}
if (different > 0 && !update) {
  console.error('The public API changed. Run `npm run build && npm run api`, and commit the reports.')
  process.exitCode = 1
} else if (different === 0) {
  console.log(`API reports: ${packages.length} as they should be`)
}
