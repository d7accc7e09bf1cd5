type Sqlite = typeof import('node:sqlite')

let loaded: Sqlite | undefined

/**
 * Loads `node:sqlite` without the warning that some versions of Node print for it. Only that one warning is held back,
 * and only while the module is loaded; a static import would print it before any of our code runs.
 */
export function loadSqlite(): Sqlite {
  loaded ??= withoutSqliteWarning(() => process.getBuiltinModule('node:sqlite') as Sqlite | undefined)
  if (loaded === undefined)
    throw new Error(`Node ${process.version} has no node:sqlite; 22.15 or newer is needed`)
  return loaded
}

/** @internal */
export function withoutSqliteWarning<T>(load: () => T): T {
  const emitWarning = process.emitWarning
  process.emitWarning = function (this: unknown, ...args: unknown[]): void {
    const [warning, type] = args
    if (type === 'ExperimentalWarning' && String(warning).startsWith('SQLite ')) return
    Reflect.apply(emitWarning, this, args)
  } as typeof process.emitWarning
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}
