import { writeFileSync } from 'node:fs'
import { createSpool } from '../../src/volumes/spool.ts'

const spool = createSpool({ folder: process.argv[2] })
writeFileSync(spool.pathOf('volume'), 'half of it')
process.stdout.write(`${spool.folder}\n`, () => process.kill(process.pid, 'SIGKILL'))
