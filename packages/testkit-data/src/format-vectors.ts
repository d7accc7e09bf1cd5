import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FormatVector } from './format-vector.ts'
import { TestDataError } from './test-data-error.ts'

const FOLDER = fileURLToPath(new URL('../vectors/', import.meta.url))

/** A line of the index. */
export interface VectorSummary {
  readonly id: string
  readonly kind: FormatVector['kind']
  /** Whether a reader must read it, refuse it, or read what is whole of it. */
  readonly outcome: 'read' | 'refused' | 'partly'
  /** Path of its file below the index. */
  readonly file: string
  /** Of that file, in hexadecimal. */
  readonly sha256: string
  readonly summary: string
  readonly features: readonly string[]
}

export interface VectorIndex {
  /** Raised when a vector changes its meaning or is taken away; new ones do not raise it. */
  readonly version: number
  readonly format: 'duplicati'
  readonly vectors: readonly VectorSummary[]
}

/** The index of the format vectors. */
export function formatVectors(): VectorIndex {
  return JSON.parse(readFileSync(`${FOLDER}index.json`, 'utf8')) as VectorIndex
}

/** A vector by its id. @throws TestDataError `DATA_NO_VECTOR` */
export function readFormatVector(id: string): FormatVector {
  const found = formatVectors().vectors.find((vector) => vector.id === id)
  if (found === undefined) {
    throw new TestDataError(
      'DATA_NO_VECTOR',
      `There is no format vector ${JSON.stringify(id)}: see vectors/index.json`,
      {
        context: { id }
      }
    )
  }
  return JSON.parse(readFileSync(FOLDER + found.file, 'utf8')) as FormatVector
}
