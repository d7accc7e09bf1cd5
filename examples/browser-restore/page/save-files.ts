import type { DestinationReader } from '@tercet/core/portable'
import { blobTarget, type FileTarget, folderTarget, singleFileTarget, zipTarget } from './file-targets.ts'
import type { Saved, SaveTo } from './messages.ts'
import type { TreeNode } from './version-tree.ts'

/** Failures that are told one by one. */
const TOLD = 100

interface Chosen {
  readonly path: readonly string[]
  readonly node: TreeNode
}

/** Restores the chosen files and everything in the chosen folders. One that fails does not keep others from coming. */
export async function saveFiles(
  destination: DestinationReader,
  nodes: readonly TreeNode[],
  to: SaveTo,
  onProgress: (text: string) => void
): Promise<Saved> {
  const chosen = nodes.flatMap((node) => [...filesBelow(node, [node.name])])
  const files = chosen.filter(({ node }) => node.entry?.type === 'File')
  const single = files.length === 1 && chosen.length === 1 ? files[0] : undefined
  const target = targetFor(to, single !== undefined)
  const failures: { path: string; message: string }[] = []
  const renamed: { path: string; savedAs: string }[] = []
  let failed = 0
  let bytes = 0
  for (const [at, file] of files.entries()) {
    onProgress(`${at + 1} of ${files.length}: ${file.path.join('/')}`)
    try {
      const saved = await saveFile(destination, file, target, onProgress)
      bytes += saved.bytes
      const path = file.path.join('/')
      const savedAs = saved.path.join('/')
      if (savedAs !== path && renamed.length < TOLD) renamed.push({ path, savedAs })
    } catch (error) {
      failed++
      const message = error instanceof Error ? error.message : String(error)
      if (failures.length < TOLD) failures.push({ path: file.path.join('/'), message })
    }
  }
  const blob = files.length > failed ? target.finish() : undefined
  return {
    files: files.length - failed,
    bytes,
    failures,
    failed,
    renamed,
    links: chosen.filter(({ node }) => node.entry?.type === 'Symlink').length,
    download: blob === undefined ? undefined : { name: single?.node.name ?? 'restored.zip', blob }
  }
}

async function saveFile(
  destination: DestinationReader,
  { path, node }: Chosen,
  target: FileTarget,
  onProgress: (text: string) => void
): Promise<{ bytes: number; path: readonly string[] }> {
  const entry = node.entry!
  const time = entry.time === undefined ? undefined : new Date(entry.time * 1000)
  const writer = await target.create(path, entry.sizeBytes ?? 0, time)
  let bytes = 0
  try {
    const content = destination.content(entry, {
      onProgress: ({ done, total }) => onProgress(`reading index ${done} of ${total}`)
    })
    for await (const block of content) {
      await writer.write(block)
      bytes += block.length
    }
    await writer.close()
    return { bytes, path: writer.savedPath ?? path }
  } catch (error) {
    await writer.abort()
    throw error
  }
}

function targetFor(to: SaveTo, isSingle: boolean): FileTarget {
  if (to.kind === 'file') return singleFileTarget(to.file)
  if (to.kind === 'folder') return folderTarget(to.folder)
  return isSingle ? blobTarget() : zipTarget()
}

function* filesBelow(node: TreeNode, path: readonly string[]): Generator<Chosen> {
  if (node.children.size === 0) yield { path, node }
  for (const child of node.children.values()) yield* filesBelow(child, [...path, child.name])
}
