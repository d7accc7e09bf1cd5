import type { BackupEvent } from '@tercet/sdk'
import type { TextOutput } from '../io.ts'
import { ProgressStages } from './progress-stages.ts'

/** Shows what goes on. */
export interface ProgressView {
  show(event: BackupEvent): void
  /** Takes away what was drawn, so that the result stands alone. */
  end(): void
}

const DRAW_EVERY_MS = 100
const PRINT_EVERY_MS = 30_000
const PRINT_OFTEN_MS = 2_000

/** One live line for each stage on a terminal; elsewhere a line now and then. */
export function createProgressView(
  output: TextOutput,
  monotonic: () => number,
  isChatty = false
): ProgressView {
  if (output.isTerminal) return liveView(output, monotonic)
  return plainView(output, monotonic, isChatty ? PRINT_OFTEN_MS : PRINT_EVERY_MS)
}

function liveView(output: TextOutput, monotonic: () => number): ProgressView {
  const stages = new ProgressStages()
  let drawnLines = 0
  let drawnAt = Number.NEGATIVE_INFINITY
  const erase = (): string => (drawnLines === 0 ? '' : `\u001b[${drawnLines}A\u001b[0J`)
  return {
    show(event) {
      const now = monotonic()
      if (stages.apply(event, now) === undefined || now - drawnAt < DRAW_EVERY_MS) return
      drawnAt = now
      // A line as wide as the terminal would wrap and be two.
      const lines = stages.lines(output.columns - 1)
      void output.write(`${erase()}${lines.join('\n')}\n`)
      drawnLines = lines.length
    },
    end() {
      if (drawnLines > 0) void output.write(erase())
      drawnLines = 0
    }
  }
}

function plainView(output: TextOutput, monotonic: () => number, everyMs: number): ProgressView {
  const stages = new ProgressStages()
  let printedAt = monotonic()
  return {
    show(event) {
      const now = monotonic()
      const stage = stages.apply(event, now)
      if (stage === undefined || now - printedAt < everyMs) return
      printedAt = now
      void output.write(stages.printed(stage))
    },
    end() {}
  }
}
