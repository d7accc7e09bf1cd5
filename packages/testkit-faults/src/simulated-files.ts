export interface SimulatedFileInfo {
  readonly type: 'file' | 'folder'
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  readonly changedAtMs: number
  readonly mode: number
}

export interface SimulatedOpenFile {
  stat(): Promise<SimulatedFileInfo>
  read(into: Uint8Array, position: number): Promise<number>
  write(bytes: Uint8Array): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** Calls that a fault can be scripted for. */
export type FileCall =
  | 'open'
  | 'create'
  | 'write'
  | 'sync'
  | 'stat'
  | 'readFolder'
  | 'makeFolder'
  | 'syncFolder'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'setMode'
  | 'copy'
  | 'space'

/** The file operations that `createFileBackend` takes, in memory. Paths are absolute, as on POSIX. */
export interface SimulatedFiles {
  open(path: string, purpose: 'read' | 'sync' | 'create', mode?: number): Promise<SimulatedOpenFile>
  stat(path: string): Promise<SimulatedFileInfo>
  readFolder(path: string): AsyncIterable<{ readonly name: string; readonly type: 'file' | 'folder' }>
  makeFolder(path: string, mode: number): Promise<void>
  syncFolder(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  link(existing: string, path: string): Promise<void>
  unlink(path: string): Promise<void>
  setMode(path: string, mode: number): Promise<void>
  copy(from: string, to: string, how: 'any' | 'only-shared'): Promise<void>
  space(path: string): Promise<{ readonly totalBytes: number; readonly freeBytes: number }>
}
