import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVirtualClock } from '@tercet/testkit-faults'
import { SMTPServer } from 'smtp-server'
import { afterEach, describe, expect, test } from 'vitest'
import { fillTemplate, type Report, redactReport, sendReports } from '../src/index.ts'

const REPORT: Report = {
  operation: 'Backup',
  name: 'laptop',
  outcome: 'warning',
  beginTime: new Date('2025-01-01T03:00:00Z'),
  endTime: new Date('2025-01-01T03:00:12Z'),
  destination: 's3://acme/laptop',
  result: { storedBytes: 1234, examinedFiles: 3, issues: [] },
  issues: [
    {
      code: 'SOURCE_ACCESS_DENIED',
      severity: 'warning',
      message: '/home/ada/diary.txt cannot be read',
      path: '/home/ada/diary.txt'
    }
  ],
  lines: [
    'Examined  3 files',
    'Issues    1',
    '  warning SOURCE_ACCESS_DENIED: /home/ada/diary.txt cannot be read'
  ]
}

const open: { close(): void }[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

interface Received {
  readonly request: IncomingMessage
  readonly body: string
}

/** A server that answers with these codes in turn, then with 204. */
async function webhook(...codes: number[]) {
  const received: Received[] = []
  const server: Server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      received.push({ request, body })
      response.writeHead(codes.shift() ?? 204, { location: '/elsewhere' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/token-1` }
}

describe('by HTTP', () => {
  test('a webhook gets JSON with the fields that Duplicati has, and nothing of paths', async () => {
    const { received, url } = await webhook()
    const issues = await sendReports(REPORT, { http: { jsonUrls: [url], extra: { team: 'blue' } } })
    expect(issues).toEqual([])
    const [{ request, body }] = received as [Received]
    expect([request.method, request.url, request.headers['content-type']]).toEqual([
      'POST',
      '/hook/token-1',
      'application/json; charset=utf-8'
    ])
    expect(JSON.parse(body)).toMatchObject({
      Data: { MainOperation: 'Backup', ParsedResult: 'Warning', storedBytes: 1234, Duration: 12 },
      Extra: { 'backup-name': 'laptop', team: 'blue' },
      LogLines: ['[warning-SOURCE_ACCESS_DENIED]: -redacted- cannot be read'],
      Exception: null
    })
    expect(body).not.toContain('diary')
    await sendReports(REPORT, { http: { jsonUrls: [url], allowPaths: true } })
    expect(received[1]?.body).toContain('/home/ada/diary.txt')
  })

  test('a form gets a message by its template', async () => {
    const { received, url } = await webhook()
    await sendReports(REPORT, {
      http: {
        formUrls: [url],
        verb: 'PUT',
        message: '%operationname% %PARSEDRESULT% %nonsense%!',
        messageParameterName: 'text'
      }
    })
    expect(received[0]?.request.method).toBe('PUT')
    expect([...new URLSearchParams(received[0]?.body)]).toEqual([['text', 'Backup Warning !']])
  })

  test('what may pass is tried again, what is refused is not; a failure is told without the address', async () => {
    const clock = createVirtualClock()
    const { received, url } = await webhook(503, 429)
    expect(await sendReports(REPORT, { http: { jsonUrls: [url] } }, { clock })).toEqual([])
    expect([received.length, clock.elapsedMs]).toEqual([3, 2000])
    const refusing = await webhook(404, 404)
    const issues = await sendReports(REPORT, { http: { jsonUrls: [refusing.url] } }, { clock })
    expect(refusing.received).toHaveLength(1)
    expect(issues).toMatchObject([
      { code: 'REPORT_NOT_SENT', severity: 'warning', message: expect.stringContaining('answered 404') }
    ])
    expect(JSON.stringify(issues)).not.toContain('token-1')
    const failing = await webhook(500, 500, 500, 500)
    expect(
      await sendReports(REPORT, { http: { jsonUrls: [failing.url], retries: 3 } }, { clock })
    ).toHaveLength(1)
    expect(failing.received).toHaveLength(4)
  })

  test('a redirect is not followed, and an address that nobody has is a failure', async () => {
    const clock = createVirtualClock()
    const moved = await webhook(302)
    const issues = await sendReports(
      REPORT,
      { http: { jsonUrls: [moved.url, 'http://127.0.0.1:1/x', 'nonsense'] } },
      { clock }
    )
    expect(moved.received).toHaveLength(1)
    expect(issues).toHaveLength(3)
  })

  test('only what is wanted is sent', async () => {
    const { received, url } = await webhook()
    const http = { jsonUrls: [url] }
    await sendReports(REPORT, { http: { ...http, levels: ['Error', 'Fatal'] } })
    await sendReports({ ...REPORT, operation: 'Restore' }, { http })
    expect(received).toHaveLength(0)
    await sendReports({ ...REPORT, operation: 'Restore' }, { http: { ...http, anyOperation: true } })
    await sendReports(
      { ...REPORT, outcome: 'failed', error: { code: 'STORAGE_FULL', message: 'No space' } },
      { http: { ...http, levels: ['Fatal'] } }
    )
    expect(received.map(({ body }) => JSON.parse(body).Exception)).toEqual([null, 'STORAGE_FULL: No space'])
  })

  test('an end that is asked for ends it', async () => {
    const { url } = await webhook()
    const reason = new Error('enough')
    await expect(
      sendReports(REPORT, { http: { jsonUrls: [url] } }, { signal: AbortSignal.abort(reason) })
    ).rejects.toBe(reason)
  })
})

interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
  readonly user: string | undefined
}

/** A mail server that refuses the first so many mails for now. */
async function mailServer({ refusals = 0, code = 451 } = {}) {
  const mails: Mail[] = []
  let attempts = 0
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth({ username, password }, _session, done) {
      if (password === 'right') done(null, { user: username })
      else done(new Error('Invalid username or password'))
    },
    onData(stream, session, done) {
      let text = ''
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8')
      })
      stream.on('end', () => {
        attempts++
        if (attempts <= refusals) return done(Object.assign(new Error('Not now'), { responseCode: code }))
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text,
          user: session.user
        })
        done()
      })
    }
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => server.close(() => {}) })
  const { port } = server.server.address() as AddressInfo
  return { mails, attempts: () => attempts, port, url: `smtp://127.0.0.1:${port}` }
}

describe('by mail', () => {
  test('goes to everybody who is named, with a subject and a text by templates', async () => {
    const { mails, url } = await mailServer()
    const mail = { to: ['ada@example.org', 'bob@example.org'], from: 'backup@example.org', urls: [url] }
    expect(await sendReports(REPORT, { mail })).toEqual([])
    expect(mails[0]).toMatchObject({ from: 'backup@example.org', to: ['ada@example.org', 'bob@example.org'] })
    expect(mails[0]?.text).toContain('Subject: Tercet Backup report for laptop: Warning')
    expect(mails[0]?.text).toContain('Backup of laptop: Warning')
    expect(mails[0]?.text).not.toContain('diary')
    await sendReports(REPORT, {
      mail: { ...mail, subject: 'a\r\nBcc: eve@example.org', body: '%nothing%plain %PARSEDRESULT%' }
    })
    expect(mails[1]?.to).toEqual(['ada@example.org', 'bob@example.org'])
    expect(mails[1]?.text).not.toMatch(/^Bcc:/m)
    expect(mails[1]?.text).toContain('plain Warning')
  })

  test('the password is used, and in no message', async () => {
    const clock = createVirtualClock()
    const { mails, url } = await mailServer()
    const mail = { to: ['ada@example.org'], urls: [url], username: 'ada' }
    expect(await sendReports(REPORT, { mail: { ...mail, password: 'right' } }, { clock })).toEqual([])
    expect(mails[0]?.user).toBe('ada')
    const issues = await sendReports(REPORT, { mail: { ...mail, password: 'hunter2' } }, { clock })
    expect(issues).toMatchObject([{ code: 'REPORT_NOT_SENT', message: expect.stringContaining('EAUTH') }])
    expect(JSON.stringify(issues)).not.toContain('hunter2')
    expect(clock.elapsedMs).toBe(0)
  })

  test('what is refused for now is tried again, for good it is not; the next server may take it', async () => {
    const clock = createVirtualClock()
    const busy = await mailServer({ refusals: 2 })
    expect(
      await sendReports(REPORT, { mail: { to: ['a@example.org'], urls: [busy.url] } }, { clock })
    ).toEqual([])
    expect([busy.attempts(), busy.mails.length]).toEqual([3, 1])
    const refusing = await mailServer({ refusals: 9, code: 550 })
    const other = await mailServer()
    const urls = [refusing.url, other.url]
    expect(await sendReports(REPORT, { mail: { to: ['a@example.org'], urls } }, { clock })).toEqual([])
    expect([refusing.attempts(), other.mails.length]).toEqual([1, 1])
    const only = await sendReports(
      REPORT,
      { mail: { to: ['a@example.org'], urls: [refusing.url] } },
      { clock }
    )
    expect(only).toMatchObject([{ message: expect.stringContaining('550') }])
  })

  test('a server that cannot encrypt is refused where that is a must', async () => {
    const clock = createVirtualClock()
    const { mails, port } = await mailServer()
    const issues = await sendReports(
      REPORT,
      { mail: { to: ['a@example.org'], urls: [`tls://127.0.0.1:${port}`, 'gopher://x'], retries: 0 } },
      { clock }
    )
    expect(issues).toHaveLength(2)
    expect(mails).toEqual([])
  })
})

describe('redaction', () => {
  test('takes credentials and options out of URLs, secrets out of everything, paths unless they are allowed', () => {
    const report: Report = {
      ...REPORT,
      destination: 's3://key:hunter2@acme/laptop?token=hunter2',
      result: {
        note: 'tried ftp://ada:pw@host/x?p=1 with hunter2',
        path: '/home/ada/secret',
        nested: [{ path: '/x/y' }]
      },
      error: { code: 'X', message: 'hunter2 at /home/ada/secret' }
    }
    const text = JSON.stringify(redactReport(report, { secrets: ['hunter2', ''] }))
    for (const hidden of ['hunter2', 'pw@', 'token=', '/home/ada/secret', '/x/y', 'diary'])
      expect(text).not.toContain(hidden)
    expect(text).toContain('ftp://host/x')
    expect(JSON.stringify(redactReport(report, { allowPaths: true }))).toContain('/home/ada/secret')
  })

  test('a template may be a file', async () => {
    expect(await fillTemplate(import.meta.filename, REPORT)).toContain('a template may be a file')
    expect(await fillTemplate('/nowhere/%PARSEDRESULT%', REPORT)).toBe('/nowhere/Warning')
  })
})
