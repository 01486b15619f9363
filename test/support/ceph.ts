/**
 * A Ceph cluster of its own with an S3 door: a monitor, a manager, three OSDs that each keep every object (replica 3, written with 2), and a RADOS
 * Gateway, on loopback, with cephx, in a temporary folder. Ready in some 10 seconds; needs 1 GB of memory.
 *
 *   keys ─► ceph-mon ─► ceph-mgr, 3 × ceph-osd (BlueStore in a sparse file: it survives a kill) ─► radosgw-admin: user ─► radosgw
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { selfSigned } from './certificate.ts';
import { freePort, type ServerProcess, startServer } from './databases/server-process.ts';
import { type ProcessResult, runOk } from './run-process.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

export interface CephUser {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Ceph extends AsyncDisposable {
  /** `http://127.0.0.1:port`, of the gateway. */
  readonly url: string;
  /** The same by https, with the certificate in `caFile`. */
  readonly secureUrl: string;
  readonly caFile: string;
  /** Of keys that the gateway encrypts with (SSE-KMS). */
  readonly kmsKeyId: string;
  readonly owner: CephUser;
  /** Who may do nothing in what the owner has made. */
  readonly stranger: CephUser;
  /** Who may store 100 KB. */
  readonly poor: CephUser;
  readonly folder: TemporaryFolder;
  /** The gateway's process, at once; and again, at the same port. */
  killGateway(): Promise<void>;
  startGateway(): Promise<void>;
  /** OSDs 0, 1, 2. */
  killOsds(...ids: readonly number[]): Promise<void>;
  startOsds(...ids: readonly number[]): Promise<void>;
}

const osds = [0, 1, 2] as const;
/** Sparse: what is not written takes no space. */
const osdBytes = 12 * 2 ** 30;

/** Needs `requireTool` of radosgw, ceph-mon, ceph-mgr, ceph-osd and openssl. */
export async function startCeph(): Promise<Ceph> {
  const folder = await temporaryFolder();
  const cluster = new Cluster(folder);
  try {
    await cluster.start();
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}

class Cluster implements Ceph {
  readonly folder: TemporaryFolder;
  readonly owner = newUser();
  readonly stranger = newUser();
  readonly poor = newUser();
  readonly kmsKeyId = 'test-key';
  readonly #running = new Map<string, ServerProcess>();
  readonly #uuids = osds.map(() => randomUUID());
  #gatewayPort = 0;
  #securePort = 0;

  constructor(folder: TemporaryFolder) {
    this.folder = folder;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#gatewayPort}`;
  }

  get secureUrl(): string {
    return `https://127.0.0.1:${this.#securePort}`;
  }

  get caFile(): string {
    return this.folder.at('cert.pem');
  }

  async start(): Promise<void> {
    this.#gatewayPort = await freePort();
    this.#securePort = await freePort();
    const { key, cert } = await selfSigned('IP:127.0.0.1');
    writeFileSync(this.folder.at('key.pem'), key, { mode: 0o600 });
    writeFileSync(this.caFile, cert);
    await this.#configure(await freePort());
    await this.#startMonitor();
    await this.#ceph(this.#uuids.map((uuid) => `osd create ${uuid}`));
    await Promise.all([
      this.#start('mgr.x', 'ceph-mgr', async () => true),
      ...osds.map((id) => this.#run('ceph-osd', ['-n', `osd.${id}`, '--mkfs', '--osd-uuid', this.#uuids[id] ?? ''])),
    ]);
    await this.startOsds(...osds);
    await this.#addUser('owner', this.owner);
    await this.#addUser('stranger', this.stranger);
    await this.#addUser('poor', this.poor);
    const quota = ['--quota-scope=user', '--uid', 'poor'];
    await this.#run('radosgw-admin', ['quota', 'set', ...quota, '--max-size', '100K']);
    await this.#run('radosgw-admin', ['quota', 'enable', ...quota]);
    await this.startGateway();
  }

  async startGateway(): Promise<void> {
    await this.#start('client.rgw', 'radosgw', async () => {
      const answer = await fetch(this.url).catch(() => undefined);
      return answer?.ok === true;
    });
  }

  async killGateway(): Promise<void> {
    await this.#kill('client.rgw');
  }

  async startOsds(...ids: readonly number[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#start(`osd.${id}`, 'ceph-osd', async () => true)));
  }

  async killOsds(...ids: readonly number[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#kill(`osd.${id}`)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.#kill(name)));
    await this.folder[Symbol.asyncDispose]();
  }

  async #configure(port: number): Promise<void> {
    const at = (...parts: string[]) => this.folder.at(...parts);
    const settings = {
      fsid: randomUUID(),
      'mon host': `[v2:127.0.0.1:${port}/0]`,
      'mon initial members': 'a',
      'public addr': '127.0.0.1',
      'paxos propose interval': '0.05',
      'paxos min wait': '0.01',
      'mon tick interval': '1',
      'auth cluster required': 'cephx',
      'auth service required': 'cephx',
      'auth client required': 'cephx',
      'auth allow insecure global id reclaim': 'false',
      keyring: at('keyring'),
      'run dir': at('run'),
      'admin socket': '',
      'log file': at('log', '$name.log'),
      'log to stderr': 'false',
      'pid file': '',
      'crash dir': at('crash'),
      'mon data': at('mon'),
      'mgr data': at('mgr'),
      'mgr initial modules': '',
      'mon osd full ratio': '.99',
      'mon osd nearfull ratio': '.98',
      'mon data avail warn': '1',
      'mon data avail crit': '0',
      'osd data': at('osd', '$id'),
      'osd objectstore': 'bluestore',
      'bluestore block size': String(osdBytes),
      'bluestore cache autotune': 'false',
      'bluestore cache size': String(64 * 2 ** 20),
      'bluestore fsck on mount': 'false',
      'osd crush chooseleaf type': '0',
      'osd pool default size': '3',
      'osd pool default min size': '2',
      'osd pool default pg num': '2',
      'osd pool default pgp num': '2',
      'osd pool default pg autoscale mode': 'off',
      'rgw rados pool pg num min': '2',
      'rgw frontends': [
        `beast endpoint=127.0.0.1:${this.#gatewayPort} ssl_endpoint=127.0.0.1:${this.#securePort}`,
        `ssl_certificate=${this.caFile} ssl_private_key=${at('key.pem')}`,
      ].join(' '),
      'rgw crypt require ssl': 'false',
      'rgw crypt s3 kms backend': 'testing',
      'rgw crypt s3 kms encryption keys': `${this.kmsKeyId}=${randomBytes(32).toString('base64')}`,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    writeFileSync(at('ceph.conf'), ['[global]', ...lines, ''].join('\n'));
    for (const name of ['run', 'log', 'crash', 'mon', 'mgr', 'osd/0', 'osd/1', 'osd/2'])
      mkdirSync(at(name), { recursive: true });
    const everything = { mon: 'allow *', osd: 'allow *', mgr: 'allow *', mds: 'allow *' };
    const keys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      'mon.': { mon: 'allow *' },
      'client.admin': everything,
      'client.rgw': { mon: 'allow rw', osd: 'allow rwx', mgr: 'allow rw' },
      'mgr.x': { mon: 'allow profile mgr', osd: 'allow *', mds: 'allow *' },
      ...Object.fromEntries(
        osds.map((id) => [`osd.${id}`, { mon: 'allow profile osd', mgr: 'allow profile osd', osd: 'allow *' }]),
      ),
    };
    writeFileSync(
      at('keyring'),
      Object.entries(keys)
        .map(([name, caps]) =>
          [
            `[${name}]`,
            `key = ${newKey()}`,
            ...Object.entries(caps).map(([of, may]) => `caps ${of} = "${may}"`),
            '',
          ].join('\n'),
        )
        .join('\n'),
      { mode: 0o600 },
    );
    await runOk('monmaptool', [
      '--create',
      '--fsid',
      settings.fsid,
      '--addv',
      'a',
      `[v2:127.0.0.1:${port}]`,
      at('monmap'),
    ]);
  }

  async #startMonitor(): Promise<void> {
    await this.#run('ceph-mon', ['-n', 'mon.a', '--mkfs', '--monmap', this.folder.at('monmap')]);
    await this.#start('mon.a', 'ceph-mon', async () => true);
  }

  async #addUser(name: string, { accessKeyId, secretAccessKey }: CephUser): Promise<void> {
    const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
    await this.#run('radosgw-admin', ['user', 'create', '--uid', name, '--display-name', name, ...keys]);
  }

  async #start(name: string, program: string, isReady: () => Promise<boolean>): Promise<void> {
    const process = await startServer({
      program,
      args: ['-f', '-n', name, '-c', this.folder.at('ceph.conf')],
      isReady,
      timeoutMs: 60_000,
    });
    this.#running.set(name, process);
  }

  async #kill(name: string): Promise<void> {
    await this.#running.get(name)?.stop();
    this.#running.delete(name);
  }

  /** Commands to the monitor. */
  async #ceph(commands: readonly string[]): Promise<string> {
    return (await this.#run('ceph', [], `${commands.join('\n')}\n`)).stdout;
  }

  async #run(program: string, args: readonly string[], input = ''): Promise<ProcessResult> {
    return await runOk(program, ['-c', this.folder.at('ceph.conf'), ...args], { input });
  }
}

function newUser(): CephUser {
  return {
    accessKeyId: randomBytes(10).toString('hex').toUpperCase(),
    secretAccessKey: randomBytes(20).toString('hex'),
  };
}

/** As ceph-authtool makes them: type AES, time of making, length, 16 random bytes. */
function newKey(): string {
  const key = Buffer.alloc(28);
  key.writeUInt16LE(1, 0);
  key.writeUInt32LE(Math.floor(Date.now() / 1000), 2);
  key.writeUInt16LE(16, 10);
  randomBytes(16).copy(key, 12);
  return key.toString('base64');
}
