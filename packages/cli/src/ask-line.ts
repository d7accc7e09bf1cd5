import { createInterface } from 'node:readline/promises'
import type { ReadStream, WriteStream } from 'node:tty'

/** Asks on a terminal and resolves with the line that was typed; the end of the input is an empty line. */
export async function askLine(question: string, input: ReadStream, output: WriteStream): Promise<string> {
  const lines = createInterface({ input, output })
  try {
    return await Promise.race([
      lines.question(question),
      new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    ])
  } finally {
    lines.close()
  }
}
