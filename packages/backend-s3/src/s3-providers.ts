/** What is known of a store by the name of its host. */
export interface S3Provider {
  readonly name: string
  readonly pathStyle: boolean
  readonly region: string
  readonly conditionalPut: boolean
  /** Tags in conditions are in quotes, as RFC 9110 wants it; others compare the bare tag. */
  readonly quotesTags: boolean
  readonly batchDelete: boolean
  /** It verifies a CRC-32 that comes behind the content, and keeps it. */
  readonly crc32: boolean
  /** Storage classes whose objects must be restored before they can be read. */
  readonly archiveClasses: readonly string[]
}

/** A store that nobody knows: what every S3-compatible store does. */
export const UNKNOWN: S3Provider = {
  name: 'S3-compatible',
  pathStyle: true,
  region: 'us-east-1',
  conditionalPut: false,
  quotesTags: false,
  batchDelete: true,
  crc32: false,
  archiveClasses: []
}

interface Row extends Partial<Omit<S3Provider, 'region'>> {
  readonly name: string
  /** Its first group, if it has one, is the region. */
  readonly host: RegExp
  readonly region?: string
}

const ROWS: readonly Row[] = [
  {
    name: 'Amazon S3',
    host: /^(?:s3[.-](?:dualstack\.|fips[.-])?)?(?:([a-z]{2}(?:-[a-z]+)+-\d)\.)?amazonaws\.com(?:\.cn)?$/,
    pathStyle: false,
    conditionalPut: true,
    quotesTags: true,
    crc32: true,
    archiveClasses: ['GLACIER', 'DEEP_ARCHIVE']
  },
  { name: 'Backblaze B2', host: /^s3\.([a-z0-9-]+)\.backblazeb2\.com$/ },
  { name: 'Wasabi', host: /^s3(?:\.([a-z0-9-]+))?\.wasabisys\.com$/ },
  {
    name: 'Cloudflare R2',
    host: /^[0-9a-f]{32}(?:\.[a-z]+)?\.r2\.cloudflarestorage\.com$/,
    region: 'auto',
    conditionalPut: true,
    quotesTags: true
  },
  { name: 'Google Cloud Storage', host: /^storage\.googleapis\.com$/, region: 'auto', batchDelete: false },
  { name: 'IDrive e2', host: /(?:^|\.)idrivee2(?:-\d+)?\.com$/ },
  { name: 'Aliyun OSS', host: /^(?:s3\.)?(oss-[a-z0-9-]+)\.aliyuncs\.com$/, pathStyle: false },
  {
    name: 'Tencent COS',
    host: /^cos\.([a-z0-9-]+)\.myqcloud\.com$/,
    pathStyle: false,
    archiveClasses: ['ARCHIVE', 'DEEP_ARCHIVE']
  },
  { name: 'Storj', host: /^gateway(?:\.[a-z0-9]+)?\.storjshare\.io$/ },
  { name: 'DigitalOcean Spaces', host: /^([a-z0-9]+)\.digitaloceanspaces\.com$/ },
  { name: 'Scaleway', host: /^s3\.([a-z0-9-]+)\.scw\.cloud$/, archiveClasses: ['GLACIER'] },
  { name: 'OVHcloud', host: /^s3\.([a-z0-9-]+)\.(?:io\.)?cloud\.ovh\.(?:net|us)$/ },
  { name: 'Mega S4', host: /^s3\.([a-z0-9-]+)\.s4\.mega\.io$/ }
]

/** Amazon S3, wherever the bucket is. */
export const AMAZON_HOST = 's3.amazonaws.com'

/** What is known of the store at this host. @defaultValue Amazon S3 */
export function providerOf(host: string = AMAZON_HOST): S3Provider {
  const wanted = host.toLowerCase()
  for (const { host: pattern, region, ...known } of ROWS) {
    const match = pattern.exec(wanted)
    if (match !== null) return { ...UNKNOWN, ...known, region: region ?? match[1] ?? UNKNOWN.region }
  }
  return UNKNOWN
}
