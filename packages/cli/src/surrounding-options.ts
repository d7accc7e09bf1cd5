import type { OwnOption } from './command-spec.ts'

const text = (option: string, description: string): OwnOption => ({ option, value: 'text', description })

/** Where secrets come from that options and URLs name. */
export const SECRET_PROVIDER_OPTIONS: readonly OwnOption[] = [
  {
    option: 'secret-provider',
    value: 'url',
    description: 'Where names such as $name are looked up: env:, file-secret:///path, command:program'
  },
  { option: 'secret-provider-pattern', value: 'text', description: 'What such a name begins with [$]' }
]

/** Programs that are run around an operation, and who is told how it has ended. */
export const SURROUNDING_OPTIONS: readonly OwnOption[] = [
  text('backup-name', 'Name of the backup, for scripts and reports'),
  {
    option: 'run-script-before-required',
    value: 'file',
    description: 'Run first; its failure ends the command'
  },
  {
    option: 'run-script-before',
    value: 'file',
    description:
      'Run first; it ends with 0 run, 1 do not, 2 and 3 the same with a warning, 4 run with an error'
  },
  {
    option: 'run-script-post-backup',
    value: 'file',
    description: 'Run when the list of a new version is stored'
  },
  { option: 'run-script-after', value: 'file', description: 'Run at the end, also after a failure' },
  {
    option: 'run-script-timeout',
    value: 'duration',
    description: 'A script that runs longer is ended [60s]'
  },
  { option: 'run-script-with-arguments', description: 'The scripts are written with arguments' },
  text('send-http-json-urls', 'Webhooks that get the report as JSON, separated by semicolons'),
  text('send-http-form-urls', 'Webhooks that get the report as a form, separated by semicolons'),
  text('send-http-verb', 'Method of the request [POST]'),
  text('send-http-message', 'Template of the form, or a file with it [%RESULT%]'),
  text('send-http-message-parameter-name', 'Field of the form [message]'),
  text('send-http-extra-parameters', 'Fields to add, as name=value&name=value'),
  text('send-http-level', 'Results to tell: Success, Warning, Error, Fatal [all]'),
  { option: 'send-http-any-operation', description: 'Tell of other commands than backup, too' },
  text('send-http-max-log-lines', 'Most lines of issues; 0 all [100]'),
  text('send-http-retries', 'Further attempts [3]'),
  { option: 'send-http-retry-delay', value: 'duration', description: 'Pause before each [1s]' },
  text('send-mail-to', 'Addresses that get the report, separated by commas'),
  text('send-mail-from', 'Address of the sender [no-reply]'),
  text('send-mail-url', 'Mail servers in order: smtp://, smtps://, tls://host:port; separated by semicolons'),
  text('send-mail-username', 'Name of the user at the mail server'),
  text('send-mail-password', 'Others may see it; better: a secret provider'),
  text('send-mail-subject', 'Template of the subject'),
  text('send-mail-body', 'Template of the text, or a file with it [%RESULT%]'),
  text('send-mail-result-output-format', 'Duplicati, which is text, or Json [Duplicati]'),
  text('send-mail-level', 'Results to tell: Success, Warning, Error, Fatal [all]'),
  { option: 'send-mail-any-operation', description: 'Tell of other commands than backup, too' },
  text('send-mail-max-log-lines', 'Most lines of issues; 0 all [100]'),
  { option: 'allow-paths-in-log-messages', description: 'Reports tell paths of files' }
]
