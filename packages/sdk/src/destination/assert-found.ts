import type { StorageBackend } from '@tercet/interface'
import { SdkError } from '../sdk-error.ts'
import type { DestinationSurvey } from './survey-destination.ts'

const NAMED_PREFIXES = 5

/**
 * Says why there is nothing to read, where that is so.
 *
 * @throws SdkError `BACKUP_NOT_FOUND`
 */
export function assertFound(backend: StorageBackend, survey: DestinationSurvey, prefix: string): void {
  if (survey.volumes.size > 0) return
  const others = survey.otherPrefixes.slice(0, NAMED_PREFIXES)
  throw new SdkError('BACKUP_NOT_FOUND', problemOf(backend.displayName, survey, prefix, others), {
    context: { destination: backend.displayName, prefix, otherPrefixes: others.join(', ') }
  })
}

function problemOf(where: string, survey: DestinationSurvey, prefix: string, others: string[]): string {
  if (survey.isMissing) return `There is nothing at ${where}`
  if (others.length > 0)
    return `${where} has no backup with the prefix "${prefix}", but with ${others.map((other) => `"${other}"`).join(', ')}`
  if (survey.foreign > 0) return `${where} has files, but no backup`
  return `${where} is empty: there is no backup yet`
}
