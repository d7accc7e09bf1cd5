import { hideSecrets } from './hide-secrets.ts'
import { main } from './index.ts'
import { processIo } from './process-io.ts'

const argv = process.argv.slice(2)
const title = hideSecrets(argv)
if (title !== undefined) process.title = title
process.exitCode = await main(argv, processIo())
