import type { FileStat } from '@tercet/native'
import { describe, expect, it } from 'vitest'
import { FirstNames } from '../src/scan/first-names.ts'

const stat = (inode: number, nlink: number) =>
  ({ device: 1, inodeHigh: 0, inodeLow: inode, nlink }) as FileStat

describe('first names of files', () => {
  it('are told for the others, and forgotten with the last of them', () => {
    const names = new FirstNames()
    expect(names.meet('/a', stat(1, 3))).toBeUndefined()
    expect(names.meet('/b', stat(1, 3))).toBe('/a')
    expect(names.size).toBe(1)
    expect(names.meet('/c', stat(1, 3))).toBe('/a')
    expect(names.size).toBe(0)
  })

  it('are kept for so many files, the oldest being forgotten', () => {
    const names = new FirstNames(2)
    for (const inode of [1, 2, 3]) names.meet(`/${inode}`, stat(inode, 2))
    expect(names.size).toBe(2)
    expect(names.meet('/1-again', stat(1, 2))).toBeUndefined()
    expect(names.meet('/3-again', stat(3, 2))).toBe('/3')
  })
})
