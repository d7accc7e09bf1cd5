import { chmod, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder that a server which gives up its rights can still enter. It goes when its server is stopped. */
export async function createServerFolder(name: string): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), `tercet-${name}-`)))
  await chmod(path, 0o711)
  return path
}

/** True for the administrator, under whom some servers change to another user. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}
