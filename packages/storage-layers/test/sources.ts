import { type ByteSource, bytesSource, type StorageBackend } from '@tercet/interface'

export const textSource = (text: string): ByteSource => bytesSource(new TextEncoder().encode(text))

export const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31) & 255)

export async function read(backend: StorageBackend, path: string, options?: object): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(backend.get(path, options)))
}
