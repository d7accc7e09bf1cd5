import { join } from 'node:path'
import type { FileOperations } from './file-operations.ts'
import { isTemporaryName, isWriterGone } from './temporary-names.ts'

/**
 * Removes unfinished uploads in `folder`: those of processes of this machine that have ended, and others that nobody has
 * touched since `before` (milliseconds since 1970), since another machine may be writing here as well. Best effort: what
 * cannot be removed stays, and is not listed.
 */
export async function removeAbandoned(files: FileOperations, folder: string, before: number): Promise<void> {
  try {
    for await (const { name } of files.readFolder(folder)) {
      if (!isTemporaryName(name)) continue
      const path = join(folder, name)
      const { type, modifiedAtMs, changedAtMs } = await files.stat(path)
      // An adopted file keeps the old time of its content, so its attributes count as well.
      const isOld = Math.max(modifiedAtMs, changedAtMs) < before
      if (type === 'file' && (isOld || isWriterGone(name))) await files.unlink(path)
    }
  } catch {
    // The put that comes next tells what is wrong with the folder, if anything is.
  }
}
