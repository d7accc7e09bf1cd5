/** What {@link replaceFile} needs of a server that does not replace by itself. */
export interface Renames {
  rename(from: string, to: string): Promise<void>
  isFile(name: string): Promise<boolean>
  remove(name: string): Promise<void>
  /** True for a failure that may be because the name is taken. */
  isRefusal(error: unknown): boolean
}

/**
 * Gives a file another name, in the place of what has that name. Where the server does not replace, the old file makes
 * room, and comes back when that fails.
 */
export async function replaceFile(server: Renames, from: string, to: string): Promise<void> {
  try {
    await server.rename(from, to)
  } catch (error) {
    if (!server.isRefusal(error) || !(await server.isFile(to)) || !(await server.isFile(from))) throw error
    const aside = `${from}~`
    await server.rename(to, aside)
    try {
      await server.rename(from, to)
    } catch (failure) {
      await server.rename(aside, to).catch(() => {})
      throw failure
    }
    await server.remove(aside)
  }
}
