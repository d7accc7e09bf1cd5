/** How often it is looked whether anything has come, in milliseconds. */
const LOOK_MS = 100
/** So many looks in a row without anything are the end. A process that is held up as a whole does not look meanwhile. */
const MOST_LOOKS = 300

/**
 * Ends work that waits for what can never come: all of its input was taken, and for thirty seconds of a running process
 * nothing has come out of it.
 */
export class StallGuard implements Disposable {
  #looks = 0
  #timer: ReturnType<typeof setInterval> | undefined
  #stop: (() => void) | undefined
  #isStalled = false

  get isStalled(): boolean {
    return this.#isStalled
  }

  /** Nothing more goes in. */
  inputEnded(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS)
  }

  /** From now on something is waited for; `stop` is called when it does not come. */
  wait(stop: () => void): void {
    this.#looks = 0
    this.#stop = stop
  }

  /** It has come. */
  rest(): void {
    this.#stop = undefined
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#stop = undefined
  }

  #look(): void {
    if (this.#stop === undefined || ++this.#looks < MOST_LOOKS) return
    clearInterval(this.#timer)
    this.#isStalled = true
    this.#stop()
  }
}
