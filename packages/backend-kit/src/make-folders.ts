import { isTercetError, StorageError } from '@tercet/interface'

/** What {@link makeFolders} needs of a server. */
export interface FolderMaker {
  /** The server, for people. */
  readonly where: string
  /** Makes one folder in one that is there. */
  make(folder: string): Promise<void>
  isFolder(folder: string): Promise<boolean>
  /** The folder that this one is in; undefined at the top. */
  above(folder: string): string | undefined
}

/**
 * Makes a folder and those above it that are missing.
 *
 * @throws StorageError `STORAGE_INVALID_PATH` when something else has its name
 */
export async function makeFolders(server: FolderMaker, folder: string): Promise<void> {
  if (await server.isFolder(folder)) return
  const above = server.above(folder)
  if (above !== undefined) await makeFolders(server, above)
  try {
    await server.make(folder)
  } catch (error) {
    if (await server.isFolder(folder)) return // somebody else was quicker
    if (isPlain(error)) throw error
    throw new StorageError(
      'STORAGE_INVALID_PATH',
      `Cannot make the folder ${JSON.stringify(folder)} at ${server.where}: something else has its name`,
      { cause: error, context: { path: folder } }
    )
  }
}

/** The failure tells by itself what is wrong. */
function isPlain(error: unknown): boolean {
  return (
    isTercetError(error) &&
    !['STORAGE_EXISTS', 'STORAGE_UNEXPECTED', 'STORAGE_NOT_FOUND'].includes(error.code)
  )
}
