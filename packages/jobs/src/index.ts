export { exportJob } from './file/export-job.ts'
export { fillJob } from './file/fill-job.ts'
export { type ImportedJob, importDuplicatiJob, isDuplicatiExport } from './file/import-duplicati.ts'
export { checkJob, type Job, type JobSettings, type JobsFile, parseJobsFile } from './file/job.ts'
export { jobsSchema } from './file/jobs-schema.ts'
export { type JobResult, type RunJobOptions, runJob } from './file/run-job.ts'
export { type WatchedJobRun, type WatchJobOptions, watchJob } from './file/watch-job.ts'
export { JobsError, type JobsErrorCode } from './jobs-error.ts'
export { type RedactOptions, redactReport, redactUrl } from './reports/redact.ts'
export { type ParsedResult, parsedResultOf, type Report } from './reports/report.ts'
export type { HttpReport, MailReport, ReportRules, ReportSettings } from './reports/report-settings.ts'
export { type SendReportsOptions, sendReports } from './reports/send-reports.ts'
export { fillTemplate, type ReportFormat, type TemplateOptions } from './reports/template.ts'
export { machineState } from './schedule/machine-state.ts'
export { parseSchedule } from './schedule/parse-schedule.ts'
export { createSchedule, type Schedule, type ScheduleSettings } from './schedule/schedule.ts'
export {
  type MachineState,
  nextDates,
  type RunScheduleOptions,
  runSchedule,
  type ScheduledJob,
  type ScheduleEvent,
  type ScheduleHistory
} from './schedule/scheduler.ts'
export type { ScriptFacts } from './scripts/script-environment.ts'
export { runScript, type ScriptHooks, type ScriptKind, type ScriptOutcome } from './scripts/script-hooks.ts'
export type { ScriptLine, ScriptOutput } from './scripts/script-output.ts'
export { commandSecrets } from './secrets/command-secrets.ts'
export { environmentSecrets } from './secrets/environment-secrets.ts'
export { fileSecrets } from './secrets/file-secrets.ts'
export { type OpenSecretProviderOptions, openSecretProvider } from './secrets/open-secret-provider.ts'
export { fillPlaceholders, placeholdersIn } from './secrets/placeholders.ts'
export type { SecretProvider, SecretProviderScheme } from './secrets/secret-provider.ts'
