import { openCatalogReader } from '../../src/catalog/open-catalog-reader.ts'

/** Reads a catalog as a user who may write nowhere near it. */
const [path, user] = process.argv.slice(2) as [string, string]
if (process.getuid?.() === 0) process.setuid?.(Number(user))
using reader = openCatalogReader(path)
const paths = reader.filesets
  .all()
  .map(({ seq }) => Array.from(reader.entries.of({ seq }), (entry) => entry.path))
console.log(JSON.stringify(paths))
