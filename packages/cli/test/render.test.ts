import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatTime,
  printable
} from '@tercet/sdk/format'
import { describe, expect, test } from 'vitest'
import { ProgressStages } from '../src/render/progress-stages.ts'
import { createProgressView } from '../src/render/progress-view.ts'
import { FakeOutput, screenOf } from './support/fake-io.ts'

describe('numbers for people', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [10 * 1024 - 1, '10.0 KiB'],
    [1024 ** 2 - 1, '1.00 MiB'],
    [1.5 * 1024 ** 3, '1.50 GiB'],
    [123.4 * 1024 ** 4, '123 TiB']
  ])('%d bytes', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
  test.each([
    [400, '0.4 s'],
    [9_949, '9.9 s'],
    [9_951, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min 0 s'],
    [3_600_000, '1 h 0 min'],
    [90_000_000, '1 d 1 h']
  ])('%d ms', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text))
  test('counts', () => {
    expect(formatCount(1234567)).toBe('1,234,567')
    expect(formatCounted(1, 'file')).toBe('1 file')
    expect(formatCounted(0, 'entry', 'entries')).toBe('0 entries')
    expect(formatTime(new Date(Date.UTC(2024, 4, 1, 10)))).toBe('2024-05-01 10:00:00Z')
  })
  test('names cannot move the cursor, colour the screen or turn the line around', () => {
    expect(printable('a\u001b[2Jb\nc\u202ed')).toBe('a\\u001b[2Jb\\u000ac\\u202ed')
    expect(printable('Grüße 日本 🎉')).toBe('Grüße 日本 🎉')
  })
})

const scan = (files: number, bytes: number) =>
  ({ type: 'scan-progress', entries: files, files, bytes }) as const
const read = (processedFiles: number, processedBytes: number) =>
  ({ type: 'batch-end', processedFiles, processedBytes, storedBytes: 0 }) as const
const MIB = 1024 ** 2

describe('progress', () => {
  test('tells what is done, the share, the rate and the time left', () => {
    const stages = new ProgressStages()
    stages.apply({ type: 'scan-end', entries: 3, files: 2, bytes: 100 * MIB }, 0)
    stages.apply(read(0, 0), 0)
    stages.apply(read(1, 20 * MIB), 2000)
    expect(stages.lines(80)).toEqual([
      'Scanned    2 files, 100 MiB',
      'Read       [==>             ] 1 file, 20.0 MiB, 20 %, 10.0 MiB/s, 8.0 s left'
    ])
    expect(stages.lines(70)[1]).toBe('Read       1 file, 20.0 MiB, 20 %, 10.0 MiB/s, 8.0 s left')
    expect(stages.line('Read')).toBe('Read       1 file, 20.0 MiB, 20 %, 10.0 MiB/s, 8.0 s left')
    stages.apply(read(2, 100 * MIB), 10_000)
    expect(stages.lines(80)[1]).toBe('Read       [================] 2 files, 100 MiB, 100 %, 10.0 MiB/s')
  })
  test('promises nothing before there is a second to tell from', () => {
    const stages = new ProgressStages()
    stages.apply(read(0, 0), 0)
    stages.apply(read(1, MIB), 500)
    expect(stages.lines(80)).toEqual(['Read       1 file, 1.00 MiB'])
  })
  test('the rate is that of the last seconds', () => {
    const stages = new ProgressStages()
    for (let second = 0; second <= 100; second++) stages.apply(read(1, second * MIB), second * 1000)
    for (let second = 1; second <= 20; second++)
      stages.apply(read(1, (100 + second * 10) * MIB), (100 + second) * 1000)
    expect(stages.lines(80)[0]).toContain('10.0 MiB/s')
  })
  test('other events change nothing', () => {
    expect(new ProgressStages().apply({ type: 'phase-start', phase: 'scan' }, 0)).toBeUndefined()
  })

  test('on a terminal one line for each stage is drawn again, at most ten times a second, then taken away', () => {
    const output = new FakeOutput(true, 40)
    let now = 0
    const view = createProgressView(output, () => now)
    view.show(scan(1, MIB))
    for (now = 1; now < 100; now++) view.show(scan(now, MIB))
    expect(output.text.match(/Scanned/g)).toHaveLength(1)
    now = 200
    view.show(read(7, MIB))
    expect(screenOf(output.text)).toEqual([
      'Scanned    99 files, 1.00 MiB',
      'Read       7 files, 1.00 MiB',
      ''
    ])
    for (const line of screenOf(output.text)) expect(line.length).toBeLessThan(40)
    view.end()
    expect(screenOf(output.text)).toEqual([''])
  })
  test('elsewhere there is a plain line now and then', () => {
    const output = new FakeOutput(false, 80)
    let now = 0
    const view = createProgressView(output, () => now)
    for (now = 0; now <= 60_000; now += 100) view.show(scan(now, MIB))
    view.end()
    expect(output.text).toBe('Scanned    30,000 files, 1.00 MiB\nScanned    60,000 files, 1.00 MiB\n')
  })
})
