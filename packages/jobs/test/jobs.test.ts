import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createMemoryScheme } from '@tercet/backend-memory'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  environmentSecrets,
  exportJob,
  fillJob,
  importDuplicatiJob,
  isDuplicatiExport,
  type Job,
  jobsSchema,
  parseJobsFile,
  runJob,
  watchJob
} from '../src/index.ts'

let folder: Awaited<ReturnType<typeof createTemporaryFolder>>
beforeAll(async () => {
  folder = await createTemporaryFolder('tercet-jobs-')
  writeFileSync(folder.join('a.txt'), 'alpha')
})
afterAll(() => folder[Symbol.asyncDispose]())

const JOB: Job = {
  sources: ['/home/ada'],
  destination: 's3://acme/laptop?s3-server-name=minio&auth-password=hunter2',
  destinationOptions: { 'aws-secret-access-key': 'hunter2', 's3-storage-class': 'COLD' },
  username: 'ada',
  password: 'hunter2',
  passphrase: 'hunter2',
  open: { retries: 3 },
  backup: { filters: ['-*.tmp'], volumeSizeBytes: 10_485_760 },
  retention: { keepVersions: 10 },
  watch: { quietTimeMs: 60_000 },
  replicas: { destinations: [{ url: 'ssh://ada:hunter2@nas/backup', mode: 'inline' }] },
  schedule: { every: 'every day at 3:00', timezone: 'Europe/Berlin', allowedDays: ['mon'] },
  scripts: { before: '/bin/true' },
  reports: {
    http: { jsonUrls: ['https://chat/hunter2'] },
    mail: { to: ['a@example.org'], urls: ['smtp://ada:hunter2@mail'], password: 'hunter2' }
  }
}
const file = (job: object) => JSON.stringify({ jobs: { laptop: job } })

describe('a file of jobs', () => {
  const validate = new Ajv2020({ strict: true, allErrors: true }).compile(jobsSchema() as object)

  test('is understood, and its schema says the same', () => {
    expect(parseJobsFile(file(JOB), 'x').jobs['laptop']).toEqual(JOB)
    expect(validate(JSON.parse(file(JOB)))).toBe(true)
    expect(JSON.parse(readFileSync(new URL('../jobs.schema.json', import.meta.url), 'utf8'))).toEqual(
      jobsSchema()
    )
  })

  test.each([
    ['no sources', { ...JOB, sources: [] }],
    ['no destination', { ...JOB, destination: '' }],
    ['an unknown key', { ...JOB, sourcs: ['x'] }],
    ['an unknown setting', { ...JOB, backup: { volumeSizeBites: 1 } }],
    ['a setting of retention in the wrong place', { ...JOB, retention: { filters: [] } }],
    ['a value of the wrong type', { ...JOB, open: { retries: 'three' } }],
    ['a setting of watching that is none', { ...JOB, watch: { quietTime: 1 } }],
    ['a password that is no text', { ...JOB, password: 5 }],
    ['a mail to nobody', { ...JOB, reports: { mail: { urls: ['smtp://x'] } } }]
  ])('with %s is refused, by both', (_what, job) => {
    expect(() => parseJobsFile(file(job), 'tercet.json')).toThrow(
      expect.objectContaining({ code: 'JOB_FILE_INVALID', message: expect.stringContaining('tercet.json: ') })
    )
    expect(validate(JSON.parse(file(job)))).toBe(false)
  })

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['no jobs', '{}'],
    ['an unknown key', '{"jobs":{},"job":1}'],
    ['a name that could be a path', '{"jobs":{"../x":{}}}'],
    ['a schedule that is none', file({ ...JOB, schedule: { every: 'daily' } })]
  ])('with %s is refused', (_what, text) => {
    expect(() => parseJobsFile(text, 'x')).toThrow(expect.objectContaining({ code: 'JOB_FILE_INVALID' }))
  })
})

describe('secrets', () => {
  test('are put in where they are named, wherever that is', async () => {
    const job: Job = {
      sources: ['$not'],
      destination: 's3://acme',
      passphrase: '$pass',
      destinationOptions: { key: '$key' },
      reports: { http: { jsonUrls: ['$hook'] } }
    }
    const { job: filled, secrets } = await fillJob(
      job,
      environmentSecrets({ pass: 'p', key: 'k', hook: 'https://chat/t' })
    )
    expect(filled).toEqual({
      ...job,
      passphrase: 'p',
      destinationOptions: { key: 'k' },
      reports: { http: { jsonUrls: ['https://chat/t'] } }
    })
    expect(secrets).toEqual(expect.arrayContaining(['p', 'k', 'https://chat/t']))
    await expect(fillJob(job, environmentSecrets({}))).rejects.toMatchObject({ code: 'SECRET_MISSING' })
  })

  test('are left out of an export, which can be imported again', () => {
    const exported = exportJob('laptop', JOB)
    expect(JSON.stringify(exported)).not.toContain('hunter2')
    expect(exported).toMatchObject({
      destination: 's3://acme/laptop?s3-server-name=minio',
      passphrase: '$laptop.passphrase',
      destinationOptions: { 's3-storage-class': 'COLD' }
    })
    expect(() => parseJobsFile(file(exported), 'x')).not.toThrow()
    expect(exportJob('laptop', JOB, { withSecrets: true })).toEqual(JOB)
  })
})

test('an export of Duplicati becomes a job, and what has no counterpart is named', () => {
  const text = JSON.stringify({
    CreatedByVersion: '2.3.0',
    Schedule: { ID: 1, Time: '2025-06-01T01:30:00Z', Repeat: '1D', AllowedDays: ['mon', 'tue'] },
    Backup: {
      Name: 'Ada/laptop',
      TargetURL: 's3://acme/laptop?auth-username=ada&auth-password=p%20w&s3-server-name=minio',
      Sources: ['/home/ada/'],
      Settings: [
        { Name: 'passphrase', Value: 'three lines' },
        { Name: '--dblock-size', Value: '20mb' },
        { Name: 'keep-versions', Value: '7' },
        { Name: 'parity-module', Value: 'par2' },
        { Name: 'auto-vacuum', Value: 'true' },
        { Name: 'number-of-retries', Value: '2' }
      ],
      Filters: [
        { Order: 1, Include: false, Expression: '*.tmp' },
        { Order: 0, Include: true, Expression: '*.txt' }
      ]
    }
  })
  expect(isDuplicatiExport(text)).toBe(true)
  const { name, job, notes } = importDuplicatiJob(text, 'Europe/Berlin')
  expect(name).toBe('Ada_laptop')
  expect(job).toEqual({
    sources: ['/home/ada/'],
    destination: 's3://acme/laptop',
    destinationOptions: { 's3-server-name': 'minio' },
    username: 'ada',
    password: 'p w',
    passphrase: 'three lines',
    open: { retries: 2 },
    backup: { volumeSizeBytes: 20 * 1024 * 1024, filters: ['+*.txt', '-*.tmp'] },
    retention: { keepVersions: 7 },
    schedule: { every: 'every day at 3:30', timezone: 'Europe/Berlin', allowedDays: ['mon', 'tue'] }
  })
  expect(notes).toHaveLength(2)
  expect(notes.join()).toContain('parity-module')
  expect(isDuplicatiExport('{}')).toBe(false)
  expect(() => importDuplicatiJob('{')).toThrow(expect.objectContaining({ code: 'JOB_FILE_INVALID' }))
})

describe('a job', () => {
  const scheme = createMemoryScheme()
  const job = (more: Partial<Job> = {}): Job => ({
    sources: [folder.join('a.txt')],
    destination: 'memory:jobs',
    passphrase: '$PASS',
    ...more
  })
  const run = (more: Partial<Job> = {}, environment: Record<string, string> = { PASS: 'three lines' }) =>
    runJob('laptop', job(more), {
      backends: [scheme],
      secrets: environmentSecrets(environment),
      open: {
        workers: 0,
        temporaryCatalog: false,
        catalogPath: folder.join(`${Math.abs(JSON.stringify(more).length)}.sqlite`)
      }
    })

  test('backs up, with its retention', async () => {
    expect(await run({ retention: { keepVersions: 3 } })).toMatchObject({
      outcome: 'success',
      result: { addedFiles: 1, deletion: { remaining: 1 } },
      issues: []
    })
  })

  test('that fails tells so in its result', async () => {
    const result = await run({}, {})
    expect(result).toMatchObject({ outcome: 'failed', result: undefined, error: { code: 'SECRET_MISSING' } })
  })

  test('whose script says so is not run', async () => {
    const script = folder.join('no.sh')
    writeFileSync(script, '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    expect(await run({ scripts: { before: script } })).toMatchObject({
      outcome: 'success',
      result: undefined
    })
  })

  test('whose report cannot be sent is done all the same', async () => {
    const result = await run({
      destination: 'memory:other',
      reports: { http: { jsonUrls: ['http://127.0.0.1:1/x'], retries: 0 } }
    })
    expect(result).toMatchObject({ outcome: 'success', issues: [{ code: 'REPORT_NOT_SENT' }] })
  })

  test('is watched, with its retention, scripts and replicas for each version', async () => {
    const told = folder.join('told')
    const script = folder.join('tell.sh')
    writeFileSync(script, `#!/bin/sh\necho "$DUPLICATI__EVENTNAME" >> '${told}'\n`, { mode: 0o755 })
    const source = folder.join('watched')
    mkdirSync(source)
    writeFileSync(`${source}/a.txt`, 'alpha')
    const watched: Job = {
      sources: [source],
      destination: folder.join('watched destination'),
      passphrase: '$PASS',
      open: { workers: 0, catalogPath: folder.join('watched.sqlite') },
      // It is for runs at other times.
      backup: { changedSinceWatch: true, testSamples: 0 },
      retention: { keepVersions: 1 },
      watch: { quietTimeMs: 3_600_000, watchMethod: 'inotify' },
      replicas: { destinations: [{ url: `file://${folder.join('watched replica')}`, mode: 'inline' }] },
      scripts: { before: script, postBackup: script, after: script }
    }
    const stop = new AbortController()
    const runs = watchJob('laptop', watched, {
      secrets: environmentSecrets({ PASS: 'three lines' }),
      settings: { quietTimeMs: 0 },
      stop: stop.signal
    })
    const first = await runs.next()
    expect(first.value).toMatchObject({ outcome: 'success', coverage: 'scan', result: { addedFiles: 1 } })
    const next = runs.next()
    writeFileSync(`${source}/b.txt`, 'beta')
    expect((await next).value).toMatchObject({
      outcome: 'success',
      coverage: 'events',
      result: { addedFiles: 1, deletion: { remaining: 1 } },
      issues: []
    })
    const last = runs.next()
    stop.abort()
    for (let end = await last; !end.done; end = await runs.next()) {}
    const events = readFileSync(told, 'utf8').split('\n')
    expect(events.slice(0, 5)).toEqual(['BEFORE', 'POST-BACKUP', 'AFTER', 'POST-BACKUP', 'AFTER'])
    const stored = (name: string) => readdirSync(folder.join(name)).filter((file) => file.includes('.dlist.'))
    expect(stored('watched destination')).toHaveLength(1)
    expect(stored('watched replica')).toEqual(expect.arrayContaining(stored('watched destination')))
  })
})
