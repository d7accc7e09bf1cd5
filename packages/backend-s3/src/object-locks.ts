import { GetObjectRetentionCommand, PutObjectRetentionCommand } from '@aws-sdk/client-s3'
import type { CallOptions } from '@tercet/interface'
import { s3CodeOf } from './s3-errors.ts'
import type { S3LockMode } from './s3-options.ts'
import type { S3Session } from './s3-session.ts'

/** What stores answer for an object that has no lock. */
const WITHOUT_LOCK = ['NoSuchObjectLockConfiguration', 'ObjectLockConfigurationNotFoundError']

interface Lock {
  readonly mode: S3LockMode
  readonly until: Date
}

export async function readLock(
  session: S3Session,
  call: string,
  path: string,
  options: CallOptions | undefined
): Promise<Lock | undefined> {
  try {
    const { Retention } = await session.request(call, path, options?.signal, (requestOptions) =>
      session.client.send(new GetObjectRetentionCommand(session.at(path)), requestOptions)
    )
    if (Retention?.RetainUntilDate === undefined) return undefined
    return { mode: Retention.Mode ?? 'GOVERNANCE', until: Retention.RetainUntilDate }
  } catch (error) {
    if (WITHOUT_LOCK.includes(s3CodeOf(error) ?? '')) return undefined
    throw error
  }
}

/** Locks until then, unless it is locked for longer already. A lock keeps the stricter of both modes. */
export async function extendLock(
  session: S3Session,
  path: string,
  until: Date,
  options: CallOptions | undefined
): Promise<void> {
  const present = await readLock(session, 'setLock', path, options)
  if (present !== undefined && present.until.getTime() >= until.getTime()) return
  const Mode = present?.mode === 'COMPLIANCE' ? 'COMPLIANCE' : session.options.lockMode
  await session.request('setLock', path, options?.signal, (requestOptions) =>
    session.client.send(
      new PutObjectRetentionCommand({ ...session.at(path), Retention: { Mode, RetainUntilDate: until } }),
      requestOptions
    )
  )
}
