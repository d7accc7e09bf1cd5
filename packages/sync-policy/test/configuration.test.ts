import { expect, test } from 'vitest'
import {
  isConfigurationText,
  parseSyncConfiguration,
  resolveSyncConfiguration,
  SYNC_OPTIONS,
  syncOptionsOf
} from '../src/index.ts'
import { configurationText, failureOf } from './support.ts'

const parse = (destinations: unknown, more?: object) =>
  parseSyncConfiguration(configurationText(destinations, more))

const refusal = (destinations: unknown, more?: object) => failureOf(() => parse(destinations, more))

test('16.1: one destination URL, unchanged', () => {
  expect(parse([{ url: 's3://acme/laptop' }]).destinations).toMatchObject([
    { index: 0, url: 's3://acme/laptop', isBlank: false, trigger: { mode: 'inline' } }
  ])
})

test('16.1: two destination URLs, in order', () => {
  const { destinations } = parse([{ url: '/mnt/b' }, { url: '/mnt/a' }])
  expect(destinations.map(({ url }) => url)).toEqual(['/mnt/b', '/mnt/a'])
})

test('16.1: modes inline and interval', () => {
  const { destinations } = parse([
    { url: '/a', mode: 'Inline' },
    { url: '/b', mode: 'INTERVAL', interval: '1h' }
  ])
  expect(destinations.map(({ trigger }) => trigger)).toEqual([
    { mode: 'inline' },
    { mode: 'interval', intervalMs: 3_600_000 }
  ])
})

test('16.1: intervals without a mode', () => {
  const { destinations } = parse([
    { url: '/a', interval: '1h' },
    { url: '/b', interval: '2h' }
  ])
  expect(destinations.map(({ trigger }) => trigger)).toMatchObject([
    { mode: 'interval', intervalMs: 3_600_000 },
    { mode: 'interval', intervalMs: 7_200_000 }
  ])
})

test('16.1: counts', () => {
  const { destinations } = parse([
    { url: '/a', count: 5 },
    { url: '/b', count: 10 }
  ])
  expect(destinations.map(({ trigger }) => trigger)).toEqual([
    { mode: 'counting', count: 5 },
    { mode: 'counting', count: 10 }
  ])
})

test('16.1: no mode is inline', () => {
  expect(parse([{ url: '/a', mode: null, interval: null, count: null }]).destinations[0]?.trigger).toEqual({
    mode: 'inline'
  })
})

test('16.1, 3.4: an unknown mode is an error, a number too', () => {
  expect(refusal([{ url: '/a', mode: 'sometimes' }])).toMatchObject({
    code: 'CONFIG_INVALID_VALUE',
    message: expect.stringContaining('destinations[0].mode: "sometimes" is not one of inline')
  })
  expect(refusal([{ url: '/a', mode: '1' }]).code).toBe('CONFIG_INVALID_VALUE')
  expect(refusal([{ url: '/a', mode: 1 }]).code).toBe('CONFIG_INVALID_VALUE')
  expect(refusal([{ url: '/a', mode: 'constructor' }]).code).toBe('CONFIG_INVALID_VALUE')
})

test('16.1, 3.4: an interval that cannot be read is an error', () => {
  expect(
    refusal([
      { url: '/a', interval: '1h' },
      { url: '/b', interval: 'invalid' }
    ])
  ).toMatchObject({
    code: 'CONFIG_INVALID_VALUE',
    message: expect.stringContaining('destinations[1].interval: "invalid"')
  })
})

test('16.1: a count as text refuses the whole configuration', () => {
  expect(
    refusal([
      { url: '/a', count: 5 },
      { url: '/b', count: '5' }
    ])
  ).toMatchObject({
    code: 'CONFIG_INVALID_VALUE',
    message: expect.stringContaining('destinations[1].count: "5" is not a whole number')
  })
})

test('16.1: sync-on-warnings is remembered, and true by default', () => {
  expect(parse([], { 'sync-on-warnings': false }).syncOnWarnings).toBe(false)
  expect(parse([]).syncOnWarnings).toBe(true)
})

test('16.1: blanks around a URL are preserved', () => {
  expect(parse([{ url: '  s3://acme/x ' }]).destinations[0]).toMatchObject({
    url: '  s3://acme/x ',
    isBlank: false
  })
})

test('16.1: an empty object between two destinations keeps its place', () => {
  const { destinations } = parse([{ url: '/a' }, {}, { url: '/b' }])
  expect(destinations.map(({ url, isBlank, index }) => [url, isBlank, index])).toEqual([
    ['/a', false, 0],
    ['', true, 1],
    ['/b', false, 2]
  ])
})

test('16.1: a value that is neither JSON nor a file is told apart', () => {
  expect(isConfigurationText(' \n\t{"destinations":[]}')).toBe(true)
  expect(isConfigurationText('\uFEFF{}')).toBe(true)
  expect(isConfigurationText('/etc/sync.json')).toBe(false)
  expect(isConfigurationText('[1]')).toBe(false)
  expect(failureOf(() => parseSyncConfiguration('{"destinations": [}')).code).toBe('CONFIG_INVALID_VALUE')
})

test('3.1: JSON that is not valid is refused without repeating it', () => {
  const { message } = failureOf(() => parseSyncConfiguration('{"url": "ftp://a:secret@b"\n oops'))
  expect(message).toContain('is not valid JSON')
  expect(message).not.toContain('secret')
  expect(message).not.toContain('oops')
})

test('3.2: destinations must be there, and an empty list is a warning', () => {
  expect(failureOf(() => parseSyncConfiguration('{}')).code).toBe('CONFIG_MISSING')
  expect(refusal(null).code).toBe('CONFIG_MISSING')
  expect(refusal({}).code).toBe('CONFIG_INVALID_VALUE')
  expect(refusal([null]).code).toBe('CONFIG_INVALID_VALUE')
  expect(refusal({ url: 'ftp://a:secret@b' }).message).toBe(
    'remote-sync-config.destinations: an object is not a list'
  )
  expect(parse([]).issues).toMatchObject([{ code: 'SYNC_NO_DESTINATIONS', severity: 'warning' }])
  expect(parse([{ url: '/a' }]).issues).toEqual([])
})

test('3.2: names match in any case, and one written twice is a conflict', () => {
  const { destinations } = resolveSyncConfiguration({ Destinations: [{ URL: '/a', 'Dry-Run': true }] })
  expect(destinations[0]).toMatchObject({ url: '/a', options: { dryRun: true } })
  expect(refusal([{ url: '/a', Url: '/b' }]).code).toBe('CONFIG_CONFLICT')
})

test('3.2: an unknown key is an error that names the nearest', () => {
  expect(refusal([{ url: '/a', intervall: '1h' }])).toMatchObject({
    code: 'CONFIG_UNKNOWN_KEY',
    message: 'remote-sync-config.destinations[0]: there is no key "intervall" here; did you mean "interval"?'
  })
  expect(refusal([], { destination: [] }).message).toContain('did you mean "destinations"?')
  const hostile = JSON.parse('{"destinations": [], "__proto__": {"x": 1}}')
  expect(failureOf(() => resolveSyncConfiguration(hostile)).code).toBe('CONFIG_UNKNOWN_KEY')
})

test('3.3: a key that stands at the wrong place is told where it belongs', () => {
  expect(refusal([{ url: '/a', confirm: true }]).message).toContain('after a backup nothing is asked')
  expect(refusal([{ url: '/a', 'src-options': [] }]).message).toContain('"sync-options"')
  expect(refusal([{ url: '/a', 'concurrency-download': 2 }]).message).toContain('beside "destinations"')
  expect(refusal([], { interval: '1h' }).message).toContain('one of the "destinations"')
})

test('3.4, D4: scheduled and schedule, as the product text has them, and both spellings at once', () => {
  const trigger = { mode: 'interval', intervalMs: 7 * 86_400_000 }
  expect(parse([{ url: '/a', mode: 'scheduled', schedule: '7.00:00:00' }]).destinations[0]?.trigger).toEqual(
    trigger
  )
  expect(parse([{ url: '/a', interval: '7D', schedule: '1W' }]).destinations[0]?.trigger).toEqual(trigger)
  expect(refusal([{ url: '/a', interval: '7D', schedule: '6D' }]).code).toBe('CONFIG_CONFLICT')
})

test('3.4: an interval and a count without a mode use the interval, with a warning', () => {
  const { destinations, issues } = parse([{ url: '/a', interval: '1h', count: 3 }])
  expect(destinations[0]?.trigger.mode).toBe('interval')
  expect(issues).toMatchObject([{ code: 'SYNC_TRIGGER_AMBIGUOUS', severity: 'warning' }])
  expect(parse([{ url: '/a', mode: 'counting', interval: '1h', count: 3 }]).issues).toEqual([])
})

test('3.4: a mode without what it needs is an error', () => {
  expect(refusal([{ url: '/a', mode: 'interval' }]).code).toBe('CONFIG_MISSING')
  expect(refusal([{ url: '/a', mode: 'counting' }]).code).toBe('CONFIG_MISSING')
  expect(refusal([{ url: '/a', count: 0 }]).code).toBe('CONFIG_INVALID_VALUE')
})

test('3.5: a bare number of seconds is an interval, not a schedule, and never a JSON number', () => {
  expect(parse([{ url: '/a', interval: '3600' }]).destinations[0]?.trigger).toMatchObject({
    intervalMs: 3_600_000
  })
  expect(refusal([{ url: '/a', schedule: '7' }]).code).toBe('CONFIG_INVALID_VALUE')
  expect(refusal([{ url: '/a', interval: 3600 }]).code).toBe('CONFIG_INVALID_VALUE')
})

test('D1: every option of the tool is understood for each destination and arrives under its own name', () => {
  const samples: Record<string, readonly [unknown, unknown]> = {
    boolean: [true, true],
    integer: [7, 7],
    milliseconds: [250, 250],
    contents: [true, 'download'],
    duration: ['2D', 172_800_000],
    size: ['2kb', 2048],
    share: ['5%', { part: 0.05 }],
    path: ['/var/log/x', '/var/log/x']
  }
  for (const { name, property, type, default: fallback } of syncOptionsOf('destination')) {
    if (type.kind === 'pairs') continue
    const [written, expected] =
      type.kind === 'choice'
        ? [type.choices.at(-1)!.toUpperCase(), type.choices.at(-1)]
        : type.kind === 'boolean'
          ? [!fallback, !fallback]
          : samples[type.kind]!
    const before = parse([{ url: '/a' }]).destinations[0]!.options as unknown as Record<string, unknown>
    const after = parse([{ url: '/a', [name]: written }]).destinations[0]!.options
    expect(before[property], name).toEqual(fallback)
    expect(after, name).toEqual({ ...before, [property]: expected })
  }
})

test('section 2: every option of the tool is in the table, with its default', () => {
  const defaults = Object.fromEntries(SYNC_OPTIONS.map(({ name, default: value }) => [name, value]))
  expect(defaults).toMatchObject({
    'auto-create-folders': true,
    'backend-retries': 3,
    'backend-retry-delay': 1000,
    'backend-retry-with-exponential-backoff': true,
    retry: 3,
    confirm: false,
    'dry-run': false,
    force: false,
    retention: false,
    'verify-contents': 'listing',
    'verify-get-after-put': false,
    progress: false,
    'parse-arguments-only': false,
    'src-options': undefined,
    'dst-options': undefined,
    'global-options': undefined,
    'log-file': undefined,
    'log-level': 'Information'
  })
})

test('a wrong type of any option refuses all of it', () => {
  for (const { name, type } of syncOptionsOf('destination'))
    expect(
      refusal([{ url: '/a' }, { url: '/b', [name]: type.kind === 'pairs' ? 'k=v' : [] }]).code,
      name
    ).toBe('CONFIG_INVALID_VALUE')
})

test('D3: options of backends are pairs split at the first =, those of one side win', () => {
  const { destinations, sourceOptions } = parse(
    [{ url: '/a', 'global-options': ['a=1', 'b=x=y '], 'dst-options': ['a="2"'] }],
    { 'sync-options': ['user=ada'] }
  )
  expect({ ...destinations[0]!.backendOptions }).toEqual({ a: '"2"', b: 'x=y ' })
  expect({ ...destinations[0]!.globalOptions }).toEqual({ a: '1', b: 'x=y ' })
  expect({ ...sourceOptions }).toEqual({ user: 'ada' })
  expect(refusal([{ url: '/a', 'dst-options': ['secret'] }]).message).not.toContain('secret')
  expect(refusal([{ url: '/a', 'dst-options': 'k=secret' }]).message).not.toContain('secret')
  expect(refusal([{ url: '/a', 'dst-options': ['k=1', 'k=2'] }]).code).toBe('CONFIG_CONFLICT')
})

test('two destinations with one URL, or one inside the other, are refused without their credentials', () => {
  const same = refusal([{ url: 'ftp://a:secret@nas/x' }, { url: 'ftp://a:other@NAS:21/x/' }])
  expect(same).toMatchObject({
    code: 'CONFIG_CONFLICT',
    message:
      'remote-sync-config.destinations[1]: ftp://NAS:21/x/ is the place of destinations[0] (ftp://nas/x); give each copy a place of its own'
  })
  expect(refusal([{ url: '/mnt/a/b' }, { url: '/mnt/a' }]).message).toContain('/mnt/a is around')
  expect(refusal([{ url: '/mnt/a' }, {}, { url: '/mnt/a/b' }]).message).toContain(
    'destinations[2]: /mnt/a/b is inside the place of destinations[0]'
  )
  expect(parse([{ url: '/mnt/a' }, { url: '/mnt/ab' }]).destinations).toHaveLength(2)
})

test('a replica that is the primary, or in it, is refused', () => {
  const text = configurationText([{ url: '/mnt/usb/backup' }])
  for (const [primaryUrl, word] of [
    ['file:///mnt/usb/backup', 'is the primary'],
    ['/mnt/usb', 'is inside the primary'],
    ['/mnt/usb/backup/x', 'is around the primary']
  ] as const)
    expect(failureOf(() => parseSyncConfiguration(text, { primaryUrl }))).toMatchObject({
      code: 'CONFIG_CONFLICT',
      message: expect.stringContaining(word)
    })
  expect(parseSyncConfiguration(text, { primaryUrl: '/mnt/other' }).destinations).toHaveLength(1)
})

test('two names that lead to one folder are one place, and keep the ids of their names', () => {
  const realPath = (path: string) => path.replace(/^\/media\/usb/, '/mnt/disk')
  const surroundings = { primaryUrl: '/srv/backup', realPath }
  const text = configurationText([{ url: '/mnt/disk/a' }, { url: 'file:///media/usb/a' }])
  expect(parseSyncConfiguration(text, { primaryUrl: '/srv/backup' }).destinations).toHaveLength(2)
  expect(failureOf(() => parseSyncConfiguration(text, surroundings))).toMatchObject({
    code: 'CONFIG_CONFLICT',
    message: expect.stringContaining('is the place of destinations[0]')
  })
  const inside = configurationText([{ url: '/media/usb/backup/x' }])
  expect(
    failureOf(() => parseSyncConfiguration(inside, { primaryUrl: '/mnt/disk/backup', realPath })).message
  ).toContain('is inside the primary')
  const ids = [surroundings, { primaryUrl: '/srv/backup' }].map(
    (one) => parseSyncConfiguration(inside, one).destinations[0]!.id
  )
  expect(ids[0]).toBe(ids[1])
})

test('16.1: the primary URL may stand in the configuration', () => {
  const { primary } = parse([{ url: '/mnt/b' }], {
    primary: { url: '/mnt/a', medium: 'Disk', site: ' Home ' }
  })
  expect(primary).toMatchObject({ url: '/mnt/a', declared: { medium: 'disk', site: 'home' } })
  expect(refusal([{ url: '/mnt/a' }], { primary: { url: '/mnt/a' } }).code).toBe('CONFIG_CONFLICT')
})

test('D19, T1: the id of a destination does not depend on its position', () => {
  const [a, b] = parse([{ url: '/a' }, { url: '/b', id: 'vault' }]).destinations
  const [, c, d] = parse([{ url: '/new' }, { url: '/b', id: 'vault' }, { url: '/a' }]).destinations
  expect([a!.id, b!.id]).toEqual([d!.id, c!.id])
  expect(b!.id).toBe('vault')
})

test('T1: two places with one id need an id of their own', () => {
  const two = [{ url: 's3://b/x?s3-server-name=one' }, { url: 's3://b/x?s3-server-name=two' }]
  expect(refusal(two)).toMatchObject({
    code: 'CONFIG_CONFLICT',
    message: expect.stringContaining('give each an "id" of its own')
  })
  expect(parse([two[0], { ...two[1], id: 'second' }]).destinations).toHaveLength(2)
  expect(
    refusal([
      { url: '/a', id: 'x' },
      { url: '/b', id: 'x' }
    ]).code
  ).toBe('CONFIG_CONFLICT')
  expect(refusal([{ url: '/a', id: '../x' }]).code).toBe('CONFIG_INVALID_VALUE')
})

test('what is said about places and rules is understood', () => {
  const configuration = parse([{ url: '/a', medium: 'tape', offline: true, immutable: null }], {
    source: { site: 'home', medium: 'ssd' },
    policy: { copies: 3, immutable: 1, 'max-unverified-age': '30D', 'verify-depth': 'download' }
  })
  expect(configuration.destinations[0]?.declared).toMatchObject({ medium: 'tape', offline: true })
  expect(configuration.source.declared).toMatchObject({ site: 'home', medium: 'ssd' })
  expect(configuration.policy).toMatchObject({
    copies: 3,
    immutable: 1,
    maxUnverifiedAge: 30 * 86_400_000,
    verifyDepth: 'download'
  })
  expect(refusal([], { policy: { copies: 0 } }).code).toBe('CONFIG_INVALID_VALUE')
  expect(refusal([], { policy: { 'max-unverified': '1D' } }).message).toContain('"max-unverified-age"')
})

test('K1: what is cached for a sync is said once for all destinations', () => {
  expect(parse([]).run).toMatchObject({
    syncCacheMaxSize: 0,
    concurrencyDownload: 4,
    slowDestination: 'detach'
  })
  expect(parse([], { 'sync-cache-max-size': '1gb' }).run.syncCacheMaxSize).toBe(2 ** 30)
})

test('D5: the times and the counts of the product text are understood, and not run after every backup', () => {
  const [weekly, counted] = parse([
    { url: '/a', mode: 'scheduled', schedule: '7.00:00:00' },
    { url: '/b', mode: 'counting', count: 5 }
  ]).destinations
  expect(weekly?.trigger).toEqual({ mode: 'interval', intervalMs: 7 * 86_400_000 })
  expect(counted?.trigger).toEqual({ mode: 'counting', count: 5 })
})

test('D6: what is not understood is refused and never taken for "inline"', () => {
  for (const destination of [
    { url: '/a', mode: 'sometimes' },
    { url: '/a', mode: 'scheduled', schedule: 'weekly' },
    { url: '/a', mode: 'interval', interval: '1d' },
    { url: '/a', mode: 'counting' },
    { url: '/a', schedul: '7.00:00:00' }
  ])
    expect(() => parse([destination])).toThrowError(
      expect.objectContaining({ code: expect.stringMatching(/^CONFIG_/) })
    )
})
