import type { WriteStream } from 'node:tty'
import { askSecret } from './ask-secret.ts'
import type { CliIo, StopSignal, TextOutput } from './io.ts'

const USUAL_COLUMNS = 80

/** The world of this process. */
export function processIo(): CliIo {
  return {
    stdout: streamOutput(process.stdout),
    stderr: streamOutput(process.stderr),
    environment: process.env,
    monotonic: () => performance.now(),
    askSecret:
      process.stdin.isTTY && process.stderr.isTTY
        ? (question) => askSecret(question, process.stdin, process.stderr)
        : undefined,
    ask:
      process.stdin.isTTY && process.stderr.isTTY
        ? async (question) => (await import('./ask-line.ts')).askLine(question, process.stdin, process.stderr)
        : undefined,
    onSignal(listener) {
      const signals: readonly StopSignal[] = ['SIGINT', 'SIGTERM']
      const listeners = signals.map((signal) => [signal, () => listener(signal)] as const)
      for (const [signal, handler] of listeners) process.on(signal, handler)
      return () => {
        for (const [signal, handler] of listeners) process.off(signal, handler)
      }
    },
    endWithin(milliseconds, exitCode) {
      setTimeout(() => process.exit(exitCode), milliseconds).unref()
    },
    limitMemory: async () => (await import('./limit-memory.ts')).limitMemory()
  }
}

function streamOutput(stream: WriteStream | NodeJS.WriteStream): TextOutput {
  let isClosed = false
  let wake: (() => void) | undefined
  // A reader that goes away (`tercet list | head`) is no failure of ours.
  stream.on('error', () => {
    isClosed = true
    wake?.()
  })
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns || USUAL_COLUMNS
    },
    get isClosed() {
      return isClosed
    },
    async write(text) {
      if (isClosed || stream.write(text)) return
      await new Promise<void>((resolve) => {
        wake = resolve
        stream.once('drain', resolve)
        if (isClosed) resolve()
      })
    }
  }
}
