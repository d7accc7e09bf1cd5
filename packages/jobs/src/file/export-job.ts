import type { Job } from './job.ts'

/** Options of stores whose text must not be told. */
const SECRET_OPTION = /pass(word|phrase)|secret|token|signature|connection-string|access-key|-key$/
const USER_INFO = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i

/**
 * A job to be given away. Without secrets, each of them is replaced by a name, under which a provider of secrets may
 * have it.
 */
export function exportJob(
  name: string,
  job: Job,
  options: { readonly withSecrets?: boolean | undefined } = {}
): Job {
  if (options.withSecrets === true) return job
  const named = (what: string, text: string | undefined): string | undefined =>
    text === undefined || text.startsWith('$') ? text : `$${name.replace(/[^A-Za-z0-9_]/g, '_')}.${what}`
  const { destinationOptions, password, passphrase, reports } = job
  const mail = reports?.mail
  return withoutUndefined({
    ...job,
    destination: withoutSecrets(job.destination),
    destinationOptions:
      destinationOptions &&
      Object.fromEntries(
        Object.entries(destinationOptions).map(([key, text]) => [
          key,
          SECRET_OPTION.test(key) ? (named(key, text) as string) : text
        ])
      ),
    password: named('password', password),
    passphrase: named('passphrase', passphrase),
    reports: reports && {
      // The address of a webhook is its secret.
      http: reports.http && {
        ...reports.http,
        jsonUrls: reports.http.jsonUrls?.map((url, index) => named(`json-url-${index + 1}`, url) as string),
        formUrls: reports.http.formUrls?.map((url, index) => named(`form-url-${index + 1}`, url) as string)
      },
      mail: mail && {
        ...mail,
        urls: mail.urls.map((url) => url.replace(USER_INFO, '$1')),
        password: mail.password === undefined ? undefined : named('mail-password', String(mail.password))
      }
    },
    replicas: job.replicas === undefined ? undefined : JSON.parse(withoutSecretsInside(job.replicas))
  }) as Job
}

function withoutSecrets(url: string): string {
  const [, place = url, query] = /^([^?]*)\?(.*)$/s.exec(url) ?? []
  const kept = (query ?? '')
    .split('&')
    .filter((pair) => pair !== '' && !SECRET_OPTION.test(pair.split('=', 1)[0] ?? ''))
  return `${place.replace(USER_INFO, '$1')}${kept.length === 0 ? '' : `?${kept.join('&')}`}`
}

function withoutSecretsInside(value: object): string {
  return JSON.stringify(value, (key, item: unknown) => {
    if (typeof item !== 'string') return item
    if (SECRET_OPTION.test(key)) return undefined
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(item) ? withoutSecrets(item) : item
  })
}

function withoutUndefined(value: object): object {
  return JSON.parse(JSON.stringify(value))
}
