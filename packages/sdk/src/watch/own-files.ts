/** What this program writes beside its catalog: a watcher of the same folder must not hear of itself. */
export function ownFiles(catalogPath: string): string[] {
  return ['', '-wal', '-shm', '-journal', '-lock', '-sync'].map((suffix) => catalogPath + suffix)
}
