import { writeFileSync } from 'node:fs'
import { type ByteSource, bytesSource, type StorageBackend } from '@tercet/interface'

export const textSource = (text: string): ByteSource => bytesSource(new TextEncoder().encode(text))

/** A file at `path`, offered for adoption. */
export function adoptableFile(path: string, content: string): ByteSource {
  writeFileSync(path, content)
  return { ...textSource(content), localFile: { path, adoptable: true } }
}

export async function read(backend: StorageBackend, path: string): Promise<string> {
  return Buffer.concat(await Array.fromAsync(backend.get(path))).toString()
}

export async function list(backend: StorageBackend): Promise<string[]> {
  return (await Array.fromAsync(backend.list())).map(({ path }) => path).sort()
}
