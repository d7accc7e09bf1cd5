/** What a restore must bring back of one file, folder or link. The keys stand in the order in which they are printed. */
export interface TreeEntry {
  readonly type: 'file' | 'folder' | 'symlink' | 'other'
  /** Relative, `/`-separated, `.` for the root. A byte that is not UTF-8 stands as U+DC00 plus the byte. */
  readonly path: string
  /** Permission bits, octal. */
  readonly mode: string
  readonly uid: number
  readonly gid: number
  /** Nanoseconds since 1970, cut to 100. Of links only where asked for. */
  readonly mtimeNs?: string | undefined
  readonly target?: string | undefined
  readonly size?: number | undefined
  readonly sha256?: string | undefined
  /** Extended attributes of the `user.` name space, base64. */
  readonly xattrs?: Readonly<Record<string, string>> | undefined
}

/** One line of JSON an entry, each ended by a line feed. */
export function formatTree(entries: Iterable<TreeEntry>): string {
  let text = ''
  for (const entry of entries) text += `${JSON.stringify(entry)}\n`
  return text
}

export function parseTree(text: string): TreeEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TreeEntry)
}
