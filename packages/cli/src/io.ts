/** A stream of text to a person or another program. */
export interface TextOutput {
  /** Resolves when more can be taken; at once unless the reader is slow. */
  write(text: string): Promise<void>
  /** A terminal, on which lines can be drawn again. */
  readonly isTerminal: boolean
  /** Width of the terminal in characters. */
  readonly columns: number
  /** The reader went away: nothing that is written arrives any more. */
  readonly isClosed: boolean
}

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** All that the program has of the world around it, so that a test can stand in for it. */
export interface CliIo {
  readonly stdout: TextOutput
  readonly stderr: TextOutput
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Milliseconds since some moment; for rates and durations. */
  monotonic(): number
  /** Asks on the terminal, without echo; undefined when there is no terminal to ask on. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined
  /** Asks on the terminal and resolves with the line that was typed; undefined when there is no terminal to ask on. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  /** Calls `listener` at each signal until the returned function is called. */
  onSignal(listener: (signal: StopSignal) => void): () => void
  /** Ends the process with that code if it has not ended by itself by then. Keeps nothing alive. */
  endWithin(milliseconds: number, exitCode: number): void
  /** Makes the process keep less memory in reserve; undefined where it is not the program's own. */
  readonly limitMemory?: (() => Promise<void>) | undefined
}
