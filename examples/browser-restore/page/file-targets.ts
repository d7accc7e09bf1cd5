import { Zip, ZipPassThrough } from 'fflate'

/** Zip archives are written without the extension for larger ones, which not everything reads. */
const MAX_ZIP_BYTES = 0xffff_ffff - 64 * 1024 * 1024
/** What waits in memory before it becomes a blob, which browsers put on disk. */
const BATCH_BYTES = 8 * 1024 * 1024

/** One restored file that is being written. Nothing of it appears before `close`. */
export interface FileWriter {
  write(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
  /** Drops what was written. */
  abort(): Promise<void>
  /** Where it went, if that may be another name than the wanted one. */
  readonly savedPath?: readonly string[] | undefined
}

export interface FileTarget {
  /** @param path names from the folder that is restored to down to the file */
  create(path: readonly string[], sizeBytes: number, time: Date | undefined): Promise<FileWriter>
  /** What the user downloads, if that is how the files come. */
  finish(): Blob | undefined
}

/** Into a file that the user chose. */
export function singleFileTarget(file: FileSystemFileHandle): FileTarget {
  return { create: async () => handleWriter(file), finish: () => undefined }
}

/**
 * Below a folder that the user chose. The browser refuses names that mean something else on its system, and characters
 * that are none in names of files there: such an entry is saved under another name.
 */
export function folderTarget(folder: FileSystemDirectoryHandle): FileTarget {
  return {
    async create(path) {
      const savedPath: string[] = []
      let parent = folder
      for (const name of path.slice(0, -1)) {
        parent = await named(name, savedPath, (each) => parent.getDirectoryHandle(each, { create: true }))
      }
      const existing = new Set<string>()
      const file = await named(path.at(-1)!, savedPath, async (name) => {
        const present = await parent.getFileHandle(name).catch(() => undefined)
        if (present !== undefined) existing.add(name)
        return parent.getFileHandle(name, { create: true })
      })
      const writer = await handleWriter(file)
      return {
        ...writer,
        savedPath,
        async abort() {
          await writer.abort()
          // The handle made an empty file, which must not stay where nothing came of it.
          if (!existing.has(file.name)) await removeUnlocked(parent, file.name)
        }
      }
    },
    finish: () => undefined
  }
}

/** A file is locked for a moment after its writer was aborted. */
async function removeUnlocked(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await folder.removeEntry(name)
    } catch (error) {
      if (attempt === 200) throw error
      await new Promise((done) => setTimeout(done, 10))
    }
  }
}

async function named<Handle>(
  name: string,
  savedPath: string[],
  open: (name: string) => Promise<Handle>
): Promise<Handle> {
  try {
    const handle = await open(name)
    savedPath.push(name)
    return handle
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const other = allowedName(name)
    const handle = await open(other)
    savedPath.push(other)
    return handle
  }
}

/** A name that every browser takes on every system. */
export function allowedName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const plain = name.replace(/[\\/:*?"<>|~\u0000-\u001f\u007f]/g, '_').replace(/[. ]$/, '_')
  return `${plain} (renamed)`
}

async function handleWriter(file: FileSystemFileHandle): Promise<FileWriter> {
  const stream = await file.createWritable()
  return {
    write: (bytes) => stream.write(bytes as Uint8Array<ArrayBuffer>),
    close: () => stream.close(),
    abort: () => stream.abort()
  }
}

/** One file for the folder of downloads. */
export function blobTarget(): FileTarget {
  const parts = new BlobParts()
  return {
    create: async () => ({
      write: async (bytes) => parts.add(new Uint8Array(bytes)),
      close: async () => {},
      abort: async () => parts.clear()
    }),
    finish: () => parts.blob()
  }
}

/** Several files for the folder of downloads, as one archive. A file that fails half-way is left out. */
export function zipTarget(): FileTarget {
  const parts = new BlobParts()
  const zip = new Zip((error, bytes) => {
    if (error) throw error
    parts.add(bytes)
  })
  let total = 0
  return {
    async create(path, sizeBytes, time) {
      total += sizeBytes
      if (total > MAX_ZIP_BYTES)
        throw new RangeError('More than 4 GiB do not fit into one zip archive: choose less')
      const held = new BlobParts()
      // Some programs take a backslash for a separator.
      const savedPath = path.map((name) => (/[\\:]/.test(name) ? allowedName(name) : name))
      return {
        savedPath,
        write: async (bytes) => held.add(new Uint8Array(bytes)),
        async close() {
          const entry = new ZipPassThrough(savedPath.join('/'))
          if (time !== undefined && time.getUTCFullYear() > 1980) entry.mtime = time
          zip.add(entry)
          for (const chunk of held.chunks()) entry.push(chunk)
          entry.push(new Uint8Array(0), true)
        },
        async abort() {
          total -= sizeBytes
        }
      }
    },
    finish() {
      zip.end()
      return parts.blob()
    }
  }
}

/** Bytes on their way into a blob. */
class BlobParts {
  #blobs: Blob[] = []
  #waiting: Uint8Array<ArrayBuffer>[] = []
  #waitingBytes = 0

  add(bytes: Uint8Array): void {
    this.#waiting.push(bytes as Uint8Array<ArrayBuffer>)
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes >= BATCH_BYTES) this.#settle()
  }

  clear(): void {
    this.#blobs = []
    this.#waiting = []
    this.#waitingBytes = 0
  }

  /** All of it again, in pieces. */
  *chunks(): Generator<Uint8Array> {
    for (const blob of this.#blobs) yield new Uint8Array(new FileReaderSync().readAsArrayBuffer(blob))
    yield* this.#waiting
  }

  blob(): Blob {
    this.#settle()
    return new Blob(this.#blobs)
  }

  #settle(): void {
    this.#blobs.push(new Blob(this.#waiting))
    this.#waiting = []
    this.#waitingBytes = 0
  }
}
