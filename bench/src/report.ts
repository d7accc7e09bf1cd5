import type { DataSet } from './data-sets.ts'
import type { Measurement } from './measure.ts'
import { OPERATIONS, type Operation } from './tools.ts'

export interface Row extends Measurement {
  readonly round: number
  readonly set: DataSet
  readonly tool: string
  readonly operation: Operation
  /** What the repository holds after the operation. */
  readonly repositoryBytes: number
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
    row.repositoryBytes,
    row.otherCores?.toFixed(2) ?? '',
    row.exitCode
  ].join('\t')
}

export const ROW_HEADER =
  'round\tset\ttool\toperation\twall_s\tcpu_s\tresident_mib\trepository_bytes\tother_cores\texit'

/** Reads what {@link ROW_HEADER} and {@link formatRow} have written. */
export function parseRows(text: string): Row[] {
  const [header, ...lines] = text.trimEnd().split('\n')
  if (header !== ROW_HEADER) throw new Error(`Not the rows of a benchmark: ${header}`)
  return lines.map((line) => {
    const [round, set, tool, operation, wall, cpu, resident, bytes, other, exit] = line.split('\t')
    return {
      round: Number(round),
      set: set as DataSet,
      tool: tool!,
      operation: operation as Operation,
      wallSeconds: Number(wall),
      cpuSeconds: Number(cpu),
      residentMib: Number(resident),
      repositoryBytes: Number(bytes),
      otherCores: other ? Number(other) : undefined,
      exitCode: Number(exit),
      output: ''
    }
  })
}

/**
 * A Markdown table: medians over the rounds, and the median of the ratios to the better of the other tools, taken
 * inside a round so that the drift of a shared machine falls out.
 */
export function formatReport(rows: readonly Row[], subject: string): string {
  const lines = [
    '| set | operation | tool | wall s | CPU s | resident MiB | repository MB | wall ratio to the better peer | CPU ratio |',
    '|---|---|---|--:|--:|--:|--:|--:|--:|'
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
          `| ${set} | ${operation} | ${tool} | ${median(own.map((row) => row.wallSeconds)).toFixed(2)} | ${median(own.map((row) => row.cpuSeconds)).toFixed(2)} | ${median(own.map((row) => row.residentMib)).toFixed(0)} | ${(median(own.map((row) => row.repositoryBytes)) / 1e6).toFixed(1)} | ${ratio((row) => row.wallSeconds)} | ${ratio((row) => row.cpuSeconds)} |`
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
