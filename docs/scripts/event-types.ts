import * as path from 'node:path'
import ts from 'typescript'

/** An event as its type says it. */
export interface DocumentedEvent {
  readonly type: string
  readonly meaning: string
  readonly fields: readonly { readonly name: string; readonly type: string }[]
}

/** The members of the union of events, from the compiler's view of the sources. */
export function documentedEvents(root: string): DocumentedEvent[] {
  const file = path.join(root, 'packages/engine/src/common/events.ts')
  const config = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
  const program = ts.createProgram([file], options)
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)!
  const alias = source.statements.find(
    (statement): statement is ts.TypeAliasDeclaration =>
      ts.isTypeAliasDeclaration(statement) && statement.name.text === 'EngineEvent'
  )!
  const union = checker.getTypeAtLocation(alias.name)
  if (!union.isUnion()) throw new Error('EngineEvent is no union')
  return union.types.map((member) => {
    const properties = member.getProperties()
    const typeOf = (property: ts.Symbol) => checker.getTypeOfSymbolAtLocation(property, alias)
    const discriminant = properties.find((property) => property.name === 'type')!
    return {
      type: (typeOf(discriminant) as ts.StringLiteralType).value,
      meaning: ts.displayPartsToString(discriminant.getDocumentationComment(checker)),
      fields: properties
        .filter((property) => property !== discriminant)
        .map((property) => ({
          name: property.name,
          type: checker.typeToString(typeOf(property), alias, ts.TypeFormatFlags.NoTruncation)
        }))
    }
  })
}
