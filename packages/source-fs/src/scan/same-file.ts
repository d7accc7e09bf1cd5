import type { FileStat } from '@tercet/native'

/** Whether both were taken of one file or folder, by whatever name; within one run only. */
export function isSameFile(left: FileStat, right: FileStat): boolean {
  return (
    left.inodeLow === right.inodeLow && left.inodeHigh === right.inodeHigh && left.device === right.device
  )
}
