import type { CliIo, StopSignal, TextOutput } from '../../src/io.ts'

export interface FakeIoOptions {
  readonly environment?: Record<string, string> | undefined
  readonly isTerminal?: boolean | undefined
  readonly columns?: number | undefined
  /** Answers of the prompt, in order. */
  readonly answers?: readonly string[] | undefined
}

/** A world of the program that is looked at afterwards. */
export class FakeIo implements CliIo {
  readonly stdout: FakeOutput
  readonly stderr: FakeOutput
  readonly environment: Record<string, string>
  readonly questions: string[] = []
  readonly askSecret: ((question: string) => Promise<string>) | undefined
  readonly ask: ((question: string) => Promise<string>) | undefined
  readonly endings: number[] = []
  now = 0
  #listeners: ((signal: StopSignal) => void)[] = []

  constructor(options: FakeIoOptions = {}) {
    const { isTerminal = false, columns = 80, answers } = options
    this.stdout = new FakeOutput(isTerminal, columns)
    this.stderr = new FakeOutput(isTerminal, columns)
    this.environment = options.environment ?? {}
    if (answers === undefined) return
    const left = [...answers]
    this.askSecret = async (question) => {
      this.questions.push(question)
      return left.shift() ?? ''
    }
    this.ask = this.askSecret
  }

  monotonic(): number {
    return this.now
  }

  onSignal(listener: (signal: StopSignal) => void): () => void {
    this.#listeners.push(listener)
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    }
  }

  get listenerCount(): number {
    return this.#listeners.length
  }

  send(signal: StopSignal): void {
    for (const listener of this.#listeners) listener(signal)
  }

  endWithin(milliseconds: number): void {
    this.endings.push(milliseconds)
  }
}

export class FakeOutput implements TextOutput {
  text = ''
  isClosed = false
  readonly isTerminal: boolean
  readonly columns: number

  constructor(isTerminal: boolean, columns: number) {
    this.isTerminal = isTerminal
    this.columns = columns
  }

  async write(text: string): Promise<void> {
    if (!this.isClosed) this.text += text
  }

  /** What was written with `--json`, a line each. */
  get json(): Record<string, unknown>[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }
}

/** Stands for the control character, which a regular expression should not hold. */
const ESCAPE = '␛'

/** What a person sees after all cursor movements, line by line. */
export function screenOf(text: string): string[] {
  const lines: string[] = ['']
  let row = 0
  for (const part of text.replaceAll('\u001b', ESCAPE).split(/(␛\[\d*[A-Za-z]|\n)/)) {
    const move = /^␛\[(\d*)([A-Za-z])$/.exec(part)
    if (part === '\n') {
      row += 1
      lines[row] ??= ''
    } else if (move?.[2] === 'A') row -= Number(move[1])
    else if (move?.[2] === 'J') lines.splice(row, lines.length, '')
    else if (part !== '') lines[row] += part
  }
  return lines
}
