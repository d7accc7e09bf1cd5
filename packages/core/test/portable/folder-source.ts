import { readdirSync } from 'node:fs'
import { openFileAccess } from '@tercet/crypto'
import type { VolumeSource } from '../../src/portable/index.ts'

/** The files of a folder, and how many of them are open. */
export function folderSource(folder: string, hidden: (name: string) => boolean = () => false) {
  const counts = { open: 0, opened: [] as string[] }
  const source: VolumeSource = {
    list: async () => readdirSync(folder).filter((name) => !hidden(name)),
    async open(name) {
      const file = openFileAccess(`${folder}/${name}`)
      counts.open++
      counts.opened.push(name)
      return {
        size: file.size,
        read: (offset, length) => file.read(offset, length),
        [Symbol.dispose]() {
          counts.open--
          file.close()
        }
      }
    }
  }
  return { source, counts }
}
