import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Names of the volumes of a type, smallest file first. */
export function volumesBySize(folder: string, type: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.includes(`.${type}.`) && !name.endsWith('.par2'))
    .map((name) => ({ name, size: readFileSync(join(folder, name)).length }))
    .sort((a, b) => a.size - b.size)
    .map(({ name }) => name)
}

/** Changes one byte in the middle of a file. */
export function flipByte(path: string): void {
  const bytes = readFileSync(path)
  const middle = bytes.length >> 1
  bytes[middle] = (bytes[middle] as number) ^ 1
  writeFileSync(path, bytes)
}
