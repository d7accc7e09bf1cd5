/**
 * Draws recorded rows as an SVG: the wall time of each tool as a multiple of restic's in the same round (medians).
 *
 *   npm run bench:plot -- [ROWS.tsv] [PICTURE.svg]
 */
import * as fs from 'node:fs'
import * as path from 'node:path'
import { drawComparison } from './src/draw-comparison.ts'
import { parseRows } from './src/report.ts'

const [
  rowsFile = path.join(import.meta.dirname, 'records/comparison.tsv'),
  picture = path.join(import.meta.dirname, '../docs/images/comparison.svg')
] = process.argv.slice(2)
fs.mkdirSync(path.dirname(picture), { recursive: true })
fs.writeFileSync(picture, drawComparison(parseRows(fs.readFileSync(rowsFile, 'utf8'))))
