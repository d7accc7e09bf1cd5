import type { PolicyEvidence } from '@tercet/sync-policy'
import type { Backup } from '../backup.ts'
import type { EvidenceOptions } from './collect-evidence-of-backup.ts'
import type { Replica } from './replica.ts'

/**
 * Looks at every copy of a backup, for `evaluatePolicy`: the destination and the replicas, by default those that the
 * backup was opened with. Each is listed once, and asked for locks where it has them; nothing is changed and no volume
 * is read. A copy that cannot be reached is told so.
 *
 * @throws SdkError `BACKUP_NOT_FOUND`; CoreError `CATALOG_*`; the reason of `signal`
 */
export async function collectEvidence(
  backup: Backup,
  replicas?: readonly Replica[],
  options: Omit<EvidenceOptions, 'replicas'> = {}
): Promise<PolicyEvidence> {
  return await backup.evidence({ ...options, replicas })
}
