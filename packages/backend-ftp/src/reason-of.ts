import { nativeCode } from '@tercet/backend-kit'
import { type FTPContext, FTPError } from 'basic-ftp'

/** How long the server's word on why a connection for data broke is waited for. */
const WORD_MS = 1000
const BROKEN = ['EPIPE', 'ECONNRESET']

/**
 * Why a transfer failed. A server that cannot go on, since its disk is full, closes the connection for data and says why on
 * that for commands a moment later; whoever sends learns first that nobody listens.
 */
export async function reasonOf(error: unknown, ftp: FTPContext): Promise<unknown> {
  if (ftp.closed || !BROKEN.includes(nativeCode(error) ?? '')) return error
  let timer: NodeJS.Timeout | undefined
  const word = ftp
    .handle(undefined, (answer, task) => {
      if (answer instanceof Error) task.reject(answer)
      else task.resolve(answer)
    })
    .then(
      () => error,
      (said: unknown) => (said instanceof FTPError ? said : error)
    )
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, WORD_MS, error)
  })
  const reason = await Promise.race([word, late])
  clearTimeout(timer)
  return reason
}
