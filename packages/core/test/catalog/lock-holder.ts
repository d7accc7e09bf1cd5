import { openCatalog } from '../../src/catalog/open-catalog.ts'

/** Opens the catalog at the given path, stores a setting, says so and stays until it is killed. */
const catalog = await openCatalog({ path: process.argv[2] as string })
catalog.settings.set('written-by', process.pid)
process.stdout.write(`${process.pid}\n`)
setInterval(() => catalog.path, 1 << 30)
