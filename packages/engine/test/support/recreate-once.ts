import { createFileBackend } from '@tercet/backend-file'
import { BlockIndex, openCatalog } from '@tercet/core'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'

/** One recreation in a process of its own, which prints what it took. Arguments: catalog, destination, spool folder. */
const [catalogPath, destination, spoolFolder] = process.argv.slice(2) as [string, string, string]
const catalog = await openCatalog({ path: catalogPath })
const { outcome, versions } = await recreateCatalog({
  backend: createFileBackend({ path: destination }),
  catalog,
  passphrase: undefined,
  workers: 0,
  spoolFolder
})
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
const blocks = catalog.blocks.count()
const index = BlockIndex.create({ expectedBlocks: blocks })
index.load(catalog.blocks.all())
const result = {
  outcome,
  versions,
  blocks,
  cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  residentMib: maxRSS / 1024,
  statements: catalog.statementCount,
  commits: catalog.commitCount,
  indexBytes: index.byteLength
}
catalog.close()
process.stdout.write(JSON.stringify(result))
