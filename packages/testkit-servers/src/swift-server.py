# All servers of OpenStack Swift in one process, with the real middleware, in a folder of their own.
# Arguments: FOLDER [PORT]. Prints "READY http://127.0.0.1:PORT".
import os, sys, getpass, time
import eventlet
D, P = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
os.makedirs(D + '/srv/d1', exist_ok=True)
with open(D + '/swift.conf', 'w') as f:
    f.write('[swift-hash]\nswift_hash_path_prefix = t\nswift_hash_path_suffix = t\n[storage-policy:0]\nname = gold\ndefault = yes\n')
from swift.common import utils
utils.set_swift_dir(D)                     # before the other swift imports
utils.eventlet_monkey_patch()
from eventlet import wsgi
from swift.common.wsgi import loadapp
from swift.common.ring import RingBuilder
from swift.obj.server import global_conf_callback

class MemCache(object):                    # stands in for memcached
    def __init__(self): self.d = {}
    def get(self, k, raise_on_error=False):
        v = self.d.get(k)
        if v and v[1] and v[1] < time.time(): self.d.pop(k, None); v = None
        return v[0] if v else None
    def set(self, k, value, serialize=True, time=0, min_compress_len=0, raise_on_error=False):
        import time as t
        self.d[k] = (value, t.time() + time if time else 0)
    def incr(self, k, delta=1, time=0):
        v = max(0, int(self.get(k) or 0) + delta); self.set(k, v, time=time); return v
    def decr(self, k, delta=1, time=0): return self.incr(k, -delta, time)
    def delete(self, k, server_key=None): self.d.pop(k, None)
    def set_multi(self, m, server_key, serialize=True, time=0, min_compress_len=0):
        for k, v in m.items(): self.set(k, v, time=time)
    def get_multi(self, keys, server_key): return [self.get(k) for k in keys]

def cache_filter(global_conf, **kw):
    c = MemCache()
    def flt(app):
        def call(env, sr):
            env['swift.cache'] = c
            return app(env, sr)
        return call
    return flt
sys.modules['swift_server'] = sys.modules['__main__']

names = ('object', 'container', 'account', 'proxy')
socks = {n: eventlet.listen(('127.0.0.1', P if n == 'proxy' else 0), backlog=512) for n in names}
port = {n: s.getsockname()[1] for n, s in socks.items()}
for n in names[:3]:
    rb = RingBuilder(4, 1, 0)
    rb.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': port[n], 'device': 'd1', 'weight': 1,
                'replication_ip': '127.0.0.1', 'replication_port': port[n], 'meta': ''})
    rb.rebalance(); rb.get_ring().save('%s/%s.ring.gz' % (D, n))
common = ('[DEFAULT]\nswift_dir = %s\ndevices = %s/srv\nmount_check = false\nuser = %s\nlog_level = WARNING\nlog_address = %s/nolog\n'
          'fallocate_reserve = 0\ndisable_fallocate = true\nbind_ip = 127.0.0.1\n' % (D, D, getpass.getuser(), D))
pipe = ('catch_errors gatekeeper healthcheck cache listing_formats bulk tempurl s3api tempauth copy '
        'container_quotas account_quotas slo dlo versioned_writes symlink').split()
opt = {'s3api': 'location = us-east-1\n', 'tempauth': 'user_test_tester = testing .admin\nuser_test_guest = guest\nuser_admin_admin = admin .admin .reseller_admin\n',
       'versioned_writes': 'allow_versioned_writes = true\nallow_object_versioning = true\n'}
with open(D + '/proxy-server.conf', 'w') as f:
    f.write(common + 'bind_port = %d\n[pipeline:main]\npipeline = %s proxy-server\n[app:proxy-server]\nuse = egg:swift#proxy\n'
            'account_autocreate = true\nallow_account_management = true\n' % (port['proxy'], ' '.join(pipe)))
    for x in pipe:
        f.write('[filter:%s]\n%s\n%s' % (x, 'paste.filter_factory = swift_server:cache_filter' if x == 'cache' else 'use = egg:swift#' + x, opt.get(x, '')))
for n in names[:3]:
    with open('%s/%s-server.conf' % (D, n), 'w') as f:
        f.write(common + 'bind_port = %d\n[app:main]\nuse = egg:swift#%s\n' % (port[n], n))
utils.FALLOCATE_RESERVE = 0
class Log(object):
    def write(self, m): pass
for n in ('account', 'container', 'object', 'proxy'):
    gc = {'log_name': n}
    if n == 'object': global_conf_callback({}, gc)
    eventlet.spawn(wsgi.server, socks[n], loadapp('%s/%s-server.conf' % (D, n), global_conf=gc), log=Log(), keepalive=True, debug=False, socket_timeout=60)
print('READY http://127.0.0.1:%d' % port['proxy'], flush=True)
while True: eventlet.sleep(3600)
