import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCertificate, type TestCertificate } from './certificate.ts'
import { freePortRange, freePorts } from './free-ports.ts'
import { createServerFolder } from './server-folder.ts'
import { type RunningServer, startServer } from './start-server.ts'

export interface CephServer extends RunningServer {
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string
  /** The same with TLS, by `certificate`. */
  readonly secureEndpoint: string
  readonly port: number
  readonly securePort: number
  readonly certificate: TestCertificate
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Who may do nothing with the buckets of the other. */
  readonly otherAccessKeyId: string
  /** Who may store 64 KiB. */
  readonly limitedAccessKeyId: string
  /** Tempauth of the gateway's Swift API. */
  readonly swiftAuthUrl: string
  readonly swiftUser: string
  readonly swiftKey: string
}

const MONITOR_PORTS = 42

/** A monitor, a store in memory and the S3 gateway of Ceph, in one process group. */
export async function startCeph(): Promise<CephServer> {
  const folder = await createServerFolder('ceph')
  const certificate = await createCertificate(folder)
  const [port, securePort] = (await freePorts(2)) as [number, number]
  const monitorPort = await freePortRange(MONITOR_PORTS)
  for (const name of ['mon', 'osd', 'run']) await mkdir(join(folder, name))
  const monitor = `[v2:127.0.0.1:${monitorPort},v1:127.0.0.1:${monitorPort + 1}]`
  const ids = { cluster: randomUUID(), store: randomUUID() }
  const config = join(folder, 'ceph.conf')
  await writeFile(join(folder, 'keyring'), '')
  await writeFile(config, configOf(folder, monitor, monitorPort, ids.cluster, port, securePort, certificate))
  const server = await startServer({
    name: 'ceph',
    folder,
    command: ['/bin/sh', '-c', SCRIPT, 'ceph', folder, monitor, ids.cluster, ids.store],
    environment: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    ready: { port },
    graceMs: 0 // its data is thrown away, and a polite end takes long
  })
  return {
    ...server,
    endpoint: `http://127.0.0.1:${port}`,
    secureEndpoint: `https://localhost:${securePort}`,
    port,
    securePort,
    certificate,
    accessKeyId: 'test',
    secretAccessKey: 'testing',
    otherAccessKeyId: 'other',
    limitedAccessKeyId: 'full',
    swiftAuthUrl: `http://127.0.0.1:${port}/auth/v1.0`,
    swiftUser: 'test:tester',
    swiftKey: 'testing'
  }
}

/** The programs that it takes. */
export const CEPH_PROGRAMS = ['radosgw', 'ceph-mon', 'ceph-osd', 'openssl'] as const

// The monitor must answer before the store can be made, and the store before the gateway has users.
const SCRIPT = `set -e
cd "$1"
monmaptool --create --fsid "$3" --addv a "$2" monmap > run/monmap.out
ceph-mon -c ceph.conf -i a --mkfs --monmap monmap
ceph-mon -c ceph.conf -i a -f > run/mon.out 2>&1 &
ceph -c ceph.conf --connect-timeout 20 osd new "$4" > run/osd-new.out
ceph-osd -c ceph.conf -i 0 --mkfs --osd-uuid "$4" > run/mkfs.out 2>&1
ceph-osd -c ceph.conf -i 0 -f > run/osd.out 2>&1 &
admin="timeout 60 radosgw-admin -c ceph.conf -n client.rgw"
$admin user create --uid=test --display-name=test --access-key=test --secret-key=testing > run/user.out 2>&1
$admin subuser create --uid=test --subuser=test:tester --access=full --key-type=swift --secret=testing > run/subuser.out 2>&1
$admin user create --uid=other --display-name=other --access-key=other --secret-key=testing > run/other.out 2>&1
$admin user create --uid=full --display-name=full --access-key=full --secret-key=testing > run/full.out 2>&1
$admin quota set --uid=full --quota-scope=user --max-size=65536 > run/full.out 2>&1
$admin quota enable --uid=full --quota-scope=user > run/full.out 2>&1
exec radosgw -c ceph.conf -n client.rgw -f > run/rgw.out 2>&1
`

function configOf(
  folder: string,
  monitor: string,
  monitorPort: number,
  cluster: string,
  port: number,
  securePort: number,
  { bothFile }: TestCertificate
): string {
  return `[global]
fsid = ${cluster}
mon_initial_members = a
mon_host = ${monitor}
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
ms_bind_port_min = ${monitorPort + 2}
ms_bind_port_max = ${monitorPort + MONITOR_PORTS - 1}
run_dir = ${folder}/run
crash_dir = ${folder}/run
admin_socket = ${folder}/run/$name.asok
log_file = ${folder}/run/$name.log
pid_file =
mon_data = ${folder}/mon
osd_data = ${folder}/osd
keyring = ${folder}/keyring
osd_objectstore = memstore
memstore_device_bytes = 8589934592
osd_class_dir = /usr/lib/x86_64-linux-gnu/rados-classes
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_max_pg_per_osd = 1000
mon_data_avail_warn = 1
mon_data_avail_crit = 0
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
mon_tick_interval = 1
osd_tick_interval = 1
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1 ssl_endpoint=127.0.0.1:${securePort} ssl_certificate=${bothFile}
rgw_dns_name = localhost
rgw_thread_pool_size = 32
rgw_run_sync_thread = false
rgw_gc_max_objs = 1
rgw_lc_max_objs = 1
rgw_data_log_num_shards = 1
rgw_md_log_max_shards = 1
rgw_override_bucket_index_max_shards = 1
`
}
