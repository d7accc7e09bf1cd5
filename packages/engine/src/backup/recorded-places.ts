import { compareText } from '@tercet/core'

/** One answer of the scanner: how much of it is not recorded yet, and up to where the walk had come with it. */
interface OpenAnswer {
  readonly place: string | undefined
  open: number
}

/** Tells up to which folder everything is recorded, in whatever order the parts of the scanner's answers come back. */
export class RecordedPlaces {
  readonly #onPlace: (folder: string) => void
  readonly #answers: OpenAnswer[] = []
  #last = ''

  /** `onPlace` is called with a folder each time that more in the folders before it is recorded. */
  constructor(onPlace: (folder: string) => void) {
    this.#onPlace = onPlace
  }

  /** Takes an answer of so many parts; the function that is returned is to be called as each of them is recorded. */
  expect(place: string | undefined, parts: number): () => void {
    const answer = { place, open: parts }
    this.#answers.push(answer)
    this.#settle()
    return () => {
      answer.open -= 1
      this.#settle()
    }
  }

  #settle(): void {
    let place: string | undefined
    while (this.#answers[0]?.open === 0) place = this.#answers.shift()!.place ?? place
    if (place === undefined || compareText(place, this.#last) <= 0) return
    this.#last = place
    this.#onPlace(place)
  }
}
