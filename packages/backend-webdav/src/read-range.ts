import { IncomingMessage } from 'node:http'
import { bodyChunks } from '@tercet/backend-kit'
import type { WebdavAnswer } from './webdav-session.ts'

/** The bytes that were asked for, and how many they must be where that is known. */
export interface RangeRead {
  readonly chunks: AsyncIterable<Uint8Array>
  readonly length: number | undefined
}

/**
 * Reads the answer to a GET of a range (RFC 9110, section 14). A server may ignore the range and send everything: then what was
 * not asked for is left out.
 */
export function readRange(answer: WebdavAnswer, offset: number, length: number | undefined): RangeRead {
  const sent = byteCount(answer.header('content-length'))
  if (answer.status === 206) {
    const [, start, end] = /^bytes (\d+)-(\d+)\//.exec(answer.header('content-range') ?? '') ?? []
    const told = start === undefined || end === undefined ? undefined : Number(end) - Number(start) + 1
    if (start !== undefined && Number(start) !== offset)
      throw new RangeError(`The server sent a range from byte ${start} instead of ${offset}`)
    return { chunks: ownChunks(answer.body), length: told ?? sent }
  }
  const left = sent === undefined ? undefined : Math.max(0, sent - offset)
  const wanted = left === undefined || length === undefined ? left : Math.min(left, length)
  return { chunks: cut(ownChunks(answer.body), offset, length), length: wanted }
}

async function* cut(
  chunks: AsyncIterable<Uint8Array>,
  offset: number,
  length: number | undefined
): AsyncGenerator<Uint8Array, void, undefined> {
  const end = length === undefined ? Number.POSITIVE_INFINITY : offset + length
  let position = 0
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, offset - position), Math.max(0, end - position))
    position += chunk.byteLength
    if (part.byteLength > 0) yield part
    if (position >= end) return
  }
}

async function* ownChunks(body: AsyncIterable<unknown>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body instanceof IncomingMessage ? bodyChunks(body) : body)
    yield chunk as Uint8Array
}

function byteCount(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined
}
