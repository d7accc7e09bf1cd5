import { ConfigurationError } from '@tercet/interface'
import { parseDuration } from '../common/duration.ts'

/** One part of a policy: within this age, versions are so far apart. */
export interface RetentionFrame {
  /** Milliseconds; `Infinity` for `U`. */
  readonly frame: number
  /** Milliseconds; 0 for `U`: nothing is thinned out. */
  readonly interval: number
  /** The two as they were written. */
  readonly frameText: string
  readonly intervalText: string
}

/** More parts than any policy has a use for. */
const MAX_FRAMES = 100

/**
 * The parts of a policy such as `1W:1D,4W:1W,12M:1M`, the youngest first (behaviour section 14.2; a month is 30 days
 * here and a year 365). A policy that cannot mean what it says is refused: a part that is there twice, an interval
 * longer than its frame, older versions closer together than younger ones.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`
 */
export function parseRetentionPolicy(text: string): readonly RetentionFrame[] {
  const parts = text.split(',')
  if (parts.length > MAX_FRAMES) throw invalid(text, `has more than ${MAX_FRAMES} parts`)
  const frames = parts.map((part) => parseFrame(text, part.trim())).sort((a, b) => a.frame - b.frame)
  for (const [index, older] of frames.entries()) {
    const younger = frames[index - 1]
    if (younger !== undefined) assertFollows(text, younger, older)
  }
  return frames
}

function parseFrame(text: string, part: string): RetentionFrame {
  const [frameText = '', intervalText = '', ...rest] = part.split(':').map((piece) => piece.trim())
  const frame = frameText === 'U' ? Number.POSITIVE_INFINITY : parseDuration(frameText)
  const interval = intervalText === 'U' ? 0 : parseDuration(intervalText)
  if (frame === undefined || interval === undefined || rest.length > 0)
    throw invalid(text, `has the part ${JSON.stringify(part)}, which is no frame:interval`)
  if (frame === 0) throw invalid(text, `has the frame ${frameText}, in which no version can lie`)
  if (interval > frame) throw conflict(text, `the interval of ${part} is longer than its frame`)
  return { frame, interval, frameText, intervalText }
}

function assertFollows(text: string, younger: RetentionFrame, older: RetentionFrame): void {
  if (younger.frame === older.frame) throw conflict(text, `the frame ${older.frameText} is there twice`)
  if (younger.interval <= older.interval) return
  throw conflict(
    text,
    `versions within ${younger.frameText} are thinned out to one in ${younger.intervalText}, so older ones cannot be closer together, as ${older.frameText}:${older.intervalText} says`
  )
}

function invalid(text: string, problem: string): ConfigurationError {
  return new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `The retention policy ${JSON.stringify(text)} ${problem}. Write frame:interval, separated by commas, such as 1W:1D,4W:1W,12M:1M; units are s m h D W M Y, and U is unlimited`,
    { context: { key: 'retentionPolicy' } }
  )
}

function conflict(text: string, problem: string): ConfigurationError {
  return new ConfigurationError(
    'CONFIG_CONFLICT',
    `The retention policy ${JSON.stringify(text)} contradicts itself: ${problem}`,
    { context: { key: 'retentionPolicy' } }
  )
}
