import { freePortRange } from '../../src/index.ts'

// Takes ports, tells which, and keeps them until its standard input ends.
process.stdout.write(JSON.stringify([await freePortRange(100), await freePortRange(100)]))
process.stdin.resume()
