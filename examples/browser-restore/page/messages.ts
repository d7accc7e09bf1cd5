/** What page and worker say to each other. Everything is cloned on its way; handles and files are only referred to. */

/** Where a backup lies. */
export type Place =
  | { readonly kind: 'folder'; readonly folder: FileSystemDirectoryHandle }
  | { readonly kind: 'files'; readonly files: readonly File[] }
  | { readonly kind: 'web'; readonly url: string }

/** Where restored files go. */
export type SaveTo =
  | { readonly kind: 'file'; readonly file: FileSystemFileHandle }
  | { readonly kind: 'folder'; readonly folder: FileSystemDirectoryHandle }
  /** The browser's folder for downloads: one file as it is, several in a zip archive. */
  | { readonly kind: 'download' }

export interface Calls {
  open: {
    request: { place: Place; passphrase: string; prefix: string }
    response: { versions: { number: number; time: number }[] }
  }
  /** Reads the list of a version. */
  version: { request: { number: number }; response: { root: TreeItem; problems: number } }
  children: { request: { id: number; from: number }; response: { items: TreeItem[]; total: number } }
  save: { request: { ids: number[]; to: SaveTo }; response: Saved }
}

export interface TreeItem {
  readonly id: number
  readonly name: string
  readonly type: 'File' | 'Folder' | 'Symlink'
  /** Of a file, or of all files in a folder. */
  readonly sizeBytes: number
  readonly time: number | undefined
}

export interface Saved {
  readonly files: number
  readonly bytes: number
  /** The first of those that could not be restored. */
  readonly failures: readonly { readonly path: string; readonly message: string }[]
  readonly failed: number
  /** The first of those that had to get another name. */
  readonly renamed: readonly { readonly path: string; readonly savedAs: string }[]
  /** Links are told, not made. */
  readonly links: number
  readonly download?: { readonly name: string; readonly blob: Blob } | undefined
}

export type CallName = keyof Calls

export type Request = {
  [Name in CallName]: { readonly id: number; readonly call: Name; readonly request: Calls[Name]['request'] }
}[CallName]

export type Answer =
  | { readonly id: number; readonly response: unknown }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } }
  | { readonly id: number; readonly progress: string }
