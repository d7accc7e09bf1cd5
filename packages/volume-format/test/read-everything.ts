import { bytesAccess } from '@tercet/crypto'
import type * as portable from '../src/index.ts'

export interface Outcome {
  /** Codes of errors and problems, each once. */
  readonly codes: readonly string[]
  /** Failures without a code: defects. */
  readonly defects: readonly unknown[]
}

/** Opens a volume and reads all that is in it, as a program would that wants everything. */
export async function readEverything(
  format: typeof portable,
  name: string,
  bytes: Uint8Array,
  options?: portable.OpenAnyVolumeOptions
): Promise<Outcome> {
  const codes = new Set<string>()
  const defects: unknown[] = []
  const take = (error: unknown) => {
    const { code } = error as { code?: unknown }
    if (typeof code === 'string' && /^(VOLUME|CRYPTO)_/.test(code)) codes.add(code)
    else defects.push(error)
  }
  try {
    using reader = await format.openAnyVolume(bytesAccess(bytes), name, options)
    if (reader.type === 'dblock') {
      for (let block = 0; block < reader.count; block++) {
        try {
          reader.readBlock(block)
        } catch (error) {
          take(error)
        }
      }
      for (const problem of reader.problems) take(problem)
    } else if (reader.type === 'dindex') {
      for (const { count } of reader.volumes()) if (!(count >= 0)) defects.push(count)
      for (const { bytes: list } of reader.lists()) if (list.length === 0) defects.push(list)
      for (const problem of reader.problems) take(problem)
    } else {
      for (const { bytes: control } of reader.controlFiles())
        if (!(control.length >= 0)) defects.push(control)
      for await (const entries of reader.entries({ onProblem: take })) {
        for (const entry of entries) {
          for (const layout of [format.contentLayout, format.metadataLayout]) {
            try {
              layout(entry, reader.manifest)
            } catch (error) {
              take(error)
            }
          }
        }
      }
    }
  } catch (error) {
    take(error)
  }
  return { codes: [...codes].sort(), defects }
}
