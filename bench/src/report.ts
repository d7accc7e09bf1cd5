import type { DataSet } from './data-sets.ts'
import type { Measurement } from './measure.ts'
import { OPERATIONS, type Operation } from './tools.ts'

export interface Row extends Measurement {
  readonly round: number
  readonly set: DataSet
  readonly tool: string
  readonly operation: Operation
}

/** The raw row as one line of tab-separated values. */
export function formatRow(row: Row): string {
  return [
    row.round,
    row.set,
    row.tool,
    row.operation,
    row.wallSeconds.toFixed(2),
    row.cpuSeconds.toFixed(2),
    row.residentMib.toFixed(0),
    row.exitCode
  ].join('\t')
}

export const ROW_HEADER = 'round\tset\ttool\toperation\twall_s\tcpu_s\tresident_mib\texit'

/**
 * A Markdown table: medians over the rounds, and the median of the ratios to the better of the other tools, taken
 * inside a round so that the drift of a shared machine falls out.
 */
export function formatReport(rows: readonly Row[], subject: string): string {
  const lines = [
    '| set | operation | tool | wall s | CPU s | resident MiB | wall ratio to the better peer | CPU ratio |',
    '|---|---|---|--:|--:|--:|--:|--:|'
  ]
  for (const set of new Set(rows.map((row) => row.set))) {
    for (const operation of OPERATIONS) {
      const here = rows.filter((row) => row.set === set && row.operation === operation)
      for (const tool of new Set(here.map((row) => row.tool))) {
        const own = here.filter((row) => row.tool === tool)
        const ratio = (figure: (row: Row) => number) =>
          tool.startsWith(subject)
            ? ratioText(
                own,
                here.filter((row) => !row.tool.startsWith(subject)),
                figure
              )
            : ''
        lines.push(
          `| ${set} | ${operation} | ${tool} | ${median(own.map((row) => row.wallSeconds)).toFixed(2)} | ${median(own.map((row) => row.cpuSeconds)).toFixed(2)} | ${median(own.map((row) => row.residentMib)).toFixed(0)} | ${ratio((row) => row.wallSeconds)} | ${ratio((row) => row.cpuSeconds)} |`
        )
      }
    }
  }
  return lines.join('\n')
}

function ratioText(own: readonly Row[], peers: readonly Row[], figure: (row: Row) => number): string {
  const ratios = own.flatMap((row) => {
    const best = Math.min(...peers.filter((peer) => peer.round === row.round).map(figure))
    return Number.isFinite(best) && best > 0 ? [figure(row) / best] : []
  })
  return ratios.length === 0 ? '' : median(ratios).toFixed(2)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
