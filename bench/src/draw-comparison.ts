import type { DataSet } from './data-sets.ts'
import { median, type Row } from './report.ts'
import { OPERATIONS, type Operation } from './tools.ts'

const TOOLS = ['tercet', 'restic', 'borg'] as const
const COLOURS: Readonly<Record<(typeof TOOLS)[number], string>> = {
  tercet: '#0b7285',
  restic: '#adb5bd',
  borg: '#dee2e6'
}
const REFERENCE = 'restic'
const TITLE = "Wall time as a multiple of restic's in the same round"
const PANEL = { width: 380, labels: 90, figures: 44, head: 30, bar: 9, gap: 10 } as const
const HEAD = 44
/** Longer bars are cut off; their figure says how long they are. */
const MOST = 2.5

/** A panel for each data set, a group of bars for each operation: wall time as a multiple of restic's, shorter is faster. */
export function drawComparison(rows: readonly Row[]): string {
  const sets = [...new Set(rows.map(({ set }) => set))]
  const panels = sets.map((set) => drawPanel(rows, set))
  const columns = Math.min(2, panels.length)
  const heights: number[] = []
  for (let at = 0; at < panels.length; at += columns)
    heights.push(Math.max(...panels.slice(at, at + columns).map(({ height }) => height)))
  const placed = panels.map(({ content }, index) => {
    const line = Math.floor(index / columns)
    const top = HEAD + heights.slice(0, line).reduce((sum, height) => sum + height, 0)
    return `<g transform="translate(${(index % columns) * PANEL.width} ${top})">${content}</g>`
  })
  const width = columns * PANEL.width
  const height = HEAD + heights.reduce((sum, each) => sum + each, 0)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11" fill="#212529">`,
    `<title>${TITLE}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="10" y="18" font-size="13">${TITLE} (shorter is faster)</text>`,
    ...TOOLS.map(
      (tool, index) =>
        `<rect x="${10 + index * 70}" y="26" width="10" height="10" fill="${COLOURS[tool]}"/><text x="${24 + index * 70}" y="35">${tool}</text>`
    ),
    ...placed,
    '</svg>',
    ''
  ].join('\n')
}

function drawPanel(rows: readonly Row[], set: DataSet): { content: string; height: number } {
  const here = rows.filter((row) => row.set === set)
  const scale = (PANEL.width - PANEL.labels - PANEL.figures) / MOST
  const lines = [`<text x="10" y="20" font-weight="bold">${set}</text>`]
  let y: number = PANEL.head
  for (const operation of OPERATIONS) {
    const ratios = TOOLS.map((tool) => ratioOf(here, operation, tool))
    if (ratios[0] === undefined) continue
    const middle = y + (PANEL.bar * TOOLS.length) / 2 + 4
    lines.push(`<text x="${PANEL.labels - 8}" y="${middle}" text-anchor="end">${operation}</text>`)
    TOOLS.forEach((tool, index) => {
      const ratio = ratios[index]
      if (ratio === undefined) return
      const top = y + index * PANEL.bar
      const length = (Math.min(ratio, MOST) * scale).toFixed(1)
      lines.push(
        `<rect x="${PANEL.labels}" y="${top}" width="${length}" height="${PANEL.bar - 1}" fill="${COLOURS[tool]}"/>`,
        `<text x="${(PANEL.labels + Number(length) + 4).toFixed(1)}" y="${top + PANEL.bar - 1}" font-size="9">${ratio.toFixed(2)}</text>`
      )
    })
    y += TOOLS.length * PANEL.bar + PANEL.gap
  }
  const atOne = PANEL.labels + scale
  lines.push(
    `<line x1="${atOne}" x2="${atOne}" y1="${PANEL.head - 4}" y2="${y - PANEL.gap + 4}" stroke="#868e96" stroke-dasharray="2 2"/>`
  )
  return { content: lines.join(''), height: y + PANEL.gap }
}

/** The median over the rounds of the ratio inside a round; undefined where either tool has no such operation. */
function ratioOf(rows: readonly Row[], operation: Operation, tool: string): number | undefined {
  const ratios = rows
    .filter((row) => row.operation === operation && row.tool === tool && row.exitCode === 0)
    .flatMap(({ round, wallSeconds }) => {
      const reference = rows.find(
        (row) => row.operation === operation && row.tool === REFERENCE && row.round === round
      )
      return reference === undefined ? [] : [wallSeconds / reference.wallSeconds]
    })
  return ratios.length === 0 ? undefined : median(ratios)
}
