/** What is the local backend's own: modes, layout, left-overs, links, errors of the file system. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Handle } from '../../../src/backend/backend.ts';
import { openLocalBackend } from '../../../src/backend/local/local-backend.ts';
import { publish } from '../../../src/backend/local/publish.ts';
import { expectCode, listed } from '../../contract/backend-contract.ts';

const never = new AbortController().signal;
const onLinux = process.platform === 'linux';
const isRoot = process.getuid?.() === 0;
const text = new Uint8Array(Buffer.from('some bytes'));

let folder: string;
let base: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-local-'));
  base = join(folder, 'repository');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

async function repository() {
  const backend = openLocalBackend(base);
  await backend.create(never);
  await backend.save({ type: 'config', name: 'config' }, text, never);
  return backend;
}
const idOf = (seed: string): string => createHash('sha256').update(seed).digest('hex');
const handle = (type: Handle['type'], seed: string): Handle => ({ type, name: idOf(seed) });
const modeOf = (path: string): number => fs.statSync(path).mode & 0o777;
const everyFile = (): string[] =>
  fs
    .readdirSync(base, { recursive: true, withFileTypes: true })
    .flatMap((entry) => (entry.isFile() ? [entry.name] : []));

describe('layout', () => {
  it("is restic's default, private, with read-only files", async () => {
    const backend = await repository();
    const pack = handle('data', 'pack');
    await backend.save(pack, text, never);
    await backend.save(handle('key', 'k'), text, never);
    expect(fs.readdirSync(base).sort()).toEqual(['config', 'data', 'index', 'keys', 'locks', 'snapshots']);
    expect(fs.readdirSync(join(base, 'data'))).toHaveLength(256);
    const path = join(base, 'data', pack.name.slice(0, 2), pack.name);
    expect(fs.readFileSync(path)).toEqual(Buffer.from(text));
    expect(fs.existsSync(join(base, 'keys', idOf('k')))).toBe(true);
    if (process.platform !== 'win32') {
      expect(modeOf(path)).toBe(0o400);
      expect(modeOf(join(base, 'config'))).toBe(0o400);
      for (const name of ['', 'data', 'data/00', 'keys']) expect(modeOf(join(base, name))).toBe(0o700);
    }
    expect(fs.statSync(path).nlink).toBe(1);
  });

  it.skipIf(process.platform === 'win32')('stays shared where the group may read the config', async () => {
    const backend = await repository();
    fs.chmodSync(join(base, 'config'), 0o440);
    const pack = handle('data', 'pack');
    fs.rmSync(join(base, 'data', pack.name.slice(0, 2)), { recursive: true });
    const umask = process.umask(0o002);
    try {
      await backend.save(pack, text, never);
    } finally {
      process.umask(umask);
    }
    expect(modeOf(join(base, 'data', pack.name.slice(0, 2), pack.name))).toBe(0o440);
    expect(modeOf(join(base, 'data', pack.name.slice(0, 2)))).toBe(0o770);
  });

  it.skipIf(process.platform !== 'linux')('says so where no folder can be made, and comes back', async () => {
    const backend = openLocalBackend('/proc/holdfast/repository');
    await expect(backend.create(never)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('may be made in a folder that holds other things, and leaves them', async () => {
    fs.mkdirSync(base);
    fs.writeFileSync(join(base, 'note.txt'), 'mine');
    await repository();
    expect(fs.readFileSync(join(base, 'note.txt'), 'utf8')).toBe('mine');
  });

  it('makes folders that a copying tool left out: those of packs, and locks', async () => {
    const backend = await repository();
    for (const name of fs.readdirSync(join(base, 'data'))) fs.rmdirSync(join(base, 'data', name));
    fs.rmdirSync(join(base, 'locks'));
    expect(await listed(backend, 'data')).toEqual([]);
    expect(await listed(backend, 'lock')).toEqual([]);
    await backend.save(handle('data', 'p'), text, never);
    await backend.save(handle('lock', 'l'), text, never);
    expect(await listed(backend, 'data')).toHaveLength(1);
    expect(await listed(backend, 'lock')).toHaveLength(1);
  });
});

describe('what is missing', () => {
  it.each(['data', 'index', 'keys', 'snapshots'] as const)(
    '%s/ gone from a repository is corrupt, not empty',
    async (name) => {
      const backend = await repository();
      fs.rmSync(join(base, name), { recursive: true });
      const type = ({ data: 'data', index: 'index', keys: 'key', snapshots: 'snapshot' } as const)[name];
      const error = await expectCode(listed(backend, type), 'corrupt');
      expect(error.message).toContain(join(base, name));
    },
  );

  it('a link to a folder that is not mounted is no empty folder, not even for locks', async () => {
    const backend = await repository();
    fs.rmdirSync(join(base, 'locks'));
    fs.symlinkSync(join(folder, 'elsewhere'), join(base, 'locks'));
    await expectCode(listed(backend, 'lock'), 'corrupt');
  });

  it('a disk that went away is no-repository for every call, also where its mount point is left', async () => {
    const backend = await repository();
    const pack = handle('data', 'pack');
    await backend.save(pack, text, never);
    await using writer = await backend.openWriter('data', { signal: never });
    writer.write(text);
    fs.renameSync(base, `${base}-away`);
    for (const mountPoint of [false, true]) {
      if (mountPoint) fs.mkdirSync(base);
      await expectCode(backend.read(pack, never), 'no-repository');
      await expectCode(backend.stat(pack, never), 'no-repository');
      await expectCode(backend.remove(pack, never), 'no-repository');
      await expectCode(backend.save(handle('lock', 'x'), text, never), 'no-repository');
      await expectCode(backend.openWriter('data', { signal: never }), 'no-repository');
      await expectCode(listed(backend, 'snapshot'), 'no-repository');
      await expectCode(backend.freeBytes(never), 'no-repository');
    }
    await expectCode(writer.commit(idOf('late')), 'no-repository');
    expect(fs.readdirSync(base)).toEqual([]);
  });
});

describe('what does not belong there', () => {
  it('names that are none are left out of listings', async () => {
    const backend = await repository();
    const pack = handle('data', 'pack');
    await backend.save(pack, text, never);
    const own = join(base, 'data', pack.name.slice(0, 2));
    for (const name of ['README', `${pack.name}-tmp-123`, pack.name.toUpperCase()])
      fs.writeFileSync(join(own, name), 'x');
    const elsewhere = `${pack.name.startsWith('00') ? '01' : '00'}${pack.name.slice(2)}`;
    fs.writeFileSync(join(own, elsewhere), 'a pack in the wrong folder');
    fs.writeFileSync(join(base, 'data', 'note'), 'x');
    fs.writeFileSync(join(base, 'snapshots', 'note'), 'x');
    expect(await listed(backend, 'data')).toEqual([{ name: pack.name, sizeBytes: text.length }]);
    expect(await listed(backend, 'snapshot')).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('links, folders and pipes are never read or written through', async () => {
    const backend = await repository();
    const secret = join(folder, 'secret');
    fs.writeFileSync(secret, 'outside');
    const odd = { link: handle('index', 'link'), folder: handle('index', 'folder'), pipe: handle('index', 'pipe') };
    fs.symlinkSync(secret, join(base, 'index', odd.link.name));
    fs.mkdirSync(join(base, 'index', odd.folder.name));
    execFileSync('mkfifo', [join(base, 'index', odd.pipe.name)]);
    for (const one of Object.values(odd)) {
      await expectCode(backend.read(one, never), 'corrupt');
      await expectCode(backend.readRange(one, { offset: 0, length: 1 }, never), 'corrupt');
      await expectCode(backend.stat(one, never), 'corrupt');
      await expectCode(backend.save(one, text, never), 'exists');
    }
    expect((await listed(backend, 'index')).map((file) => file.name).sort()).toEqual(
      Object.values(odd)
        .map((one) => one.name)
        .sort(),
    );
    await backend.remove(odd.link, never);
    expect(fs.readFileSync(secret, 'utf8')).toBe('outside');
  });

  it('left-overs of dead writers go after a day, those of live ones stay', async () => {
    const backend = await repository();
    const temporary = join(base, 'data', '00');
    const old = (Date.now() - 25 * 3600 * 1000) / 1000;
    for (const name of ['.holdfast-tmp-dead', '.holdfast-tmp-live', `${idOf('x')}-tmp-1`]) {
      fs.writeFileSync(join(temporary, name), 'x');
      if (name !== '.holdfast-tmp-live') fs.utimesSync(join(temporary, name), old, old);
    }
    await backend.save(handle('data', 'p'), text, never);
    const left = fs.readdirSync(temporary).filter((name) => name.includes('tmp'));
    expect(left.sort()).toEqual(['.holdfast-tmp-live', `${idOf('x')}-tmp-1`].sort());
  });
});

describe('publishing', () => {
  it('leaves no temporary file, whether it succeeds, fails or is given up', async () => {
    const backend = await repository();
    const pack = handle('data', 'pack');
    await backend.save(pack, text, never);
    await expectCode(backend.save(pack, text, never), 'exists');
    await using left = await backend.openWriter('data', { signal: never });
    left.write(randomBytes(3 << 20));
    await left[Symbol.asyncDispose]();
    expect(everyFile().sort()).toEqual(['config', pack.name].sort());
  });

  it('fails if the temporary file was swept away meanwhile', async () => {
    const backend = await repository();
    await using writer = await backend.openWriter('index', { signal: never });
    writer.write(text);
    for (const name of fs.readdirSync(join(base, 'index'))) fs.rmSync(join(base, 'index', name));
    await expectCode(writer.commit(idOf('late')), 'io');
    expect(await listed(backend, 'index')).toEqual([]);
  });

  describe('where there are no hard links', () => {
    const noLinks = async (): Promise<never> => {
      throw Object.assign(new Error('not here'), { code: 'EPERM' });
    };
    it('renames, once', async () => {
      fs.mkdirSync(base);
      const final = join(base, 'final');
      const writers = Array.from({ length: 8 }, (_, i) => join(base, `temporary-${i}`));
      for (const path of writers) fs.writeFileSync(path, path);
      const results = await Promise.allSettled(writers.map((path) => publish(path, final, noLinks)));
      const won = results.flatMap((result, i) => (result.status === 'fulfilled' ? [writers[i]] : []));
      expect(won).toHaveLength(1);
      expect(fs.readFileSync(final, 'utf8')).toBe(won[0]);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'exists' });
      }
      const loser = writers.find((path) => fs.existsSync(path)) ?? '';
      await expect(publish(loser, final, noLinks)).rejects.toMatchObject({ code: 'exists' });
      expect(fs.readFileSync(final, 'utf8')).toBe(won[0]);
      expect(fs.readdirSync(base).filter((name) => name.startsWith('.'))).toEqual([]);
    });
  });

  it('takes a link that was made, but answered with EEXIST, for its own', async () => {
    fs.mkdirSync(base);
    const [temporary, final] = [join(base, 'temporary'), join(base, 'final')];
    fs.writeFileSync(temporary, 'x');
    await publish(temporary, final, async (from, to) => {
      fs.linkSync(from, to);
      throw Object.assign(new Error('there already'), { code: 'EEXIST' });
    });
    expect(fs.readdirSync(base)).toEqual(['final']);
  });

  const strace = onLinux && spawnSync('strace', ['-V']).status === 0;
  it.skipIf(!strace)(
    `flushes the file, links it, then flushes the folder${strace ? '' : ' (skipped: no strace)'}`,
    () => {
      const module = JSON.stringify(new URL('../../../src/backend/local/local-backend.ts', import.meta.url).href);
      const script = `
      import { openLocalBackend } from ${module};
      const backend = openLocalBackend(${JSON.stringify(base)});
      const signal = new AbortController().signal;
      await backend.create(signal);
      await backend.save({ type: 'data', name: '${idOf('pack')}' }, new Uint8Array(5000), signal);`;
      const calls = 'trace=fsync,link,linkat,unlink,pwrite64,ftruncate,fchmod';
      const trace = join(folder, 'trace');
      const run = spawnSync(
        'strace',
        ['-f', '-y', '-o', trace, '-e', calls, process.execPath, '--input-type=module', '-e', script],
        { encoding: 'utf8' },
      );
      expect(run.stderr).not.toContain('Error');
      const lines = fs
        .readFileSync(trace, 'utf8')
        .split('\n')
        .filter((line) => line.includes(base));
      const at = lines.findIndex((line) => line.includes('.holdfast-tmp-'));
      const order = lines.slice(at).map((line) => /^\d+ +(\w+)\(/.exec(line)?.[1]);
      expect(order).toEqual(['pwrite64', 'pwrite64', 'ftruncate', 'fchmod', 'fsync', 'link', 'unlink', 'fsync']);
      expect(lines.at(-1)).toContain(join(base, 'data', idOf('pack').slice(0, 2)));
    },
  );
});

describe('errors of the file system', () => {
  const mounts = onLinux && isRoot && spawnSync('unshare', ['-m', 'true']).status === 0;
  const why = mounts ? '' : ' (skipped: needs root on Linux)';

  it.skipIf(isRoot || process.platform === 'win32')(
    `an unreadable folder is permission, never empty${isRoot ? ' (skipped: root reads everything)' : ''}`,
    async () => {
      const backend = await repository();
      await backend.save(handle('data', 'pack'), text, never);
      for (const name of ['snapshots', `data/${idOf('pack').slice(0, 2)}`]) fs.chmodSync(join(base, name), 0);
      await expectCode(listed(backend, 'snapshot'), 'permission');
      await expectCode(listed(backend, 'data'), 'permission');
      for (const name of ['snapshots', `data/${idOf('pack').slice(0, 2)}`]) fs.chmodSync(join(base, name), 0o700);
    },
  );

  it.skipIf(!(onLinux && isRoot))(`the same as a user that may not, tried by root${why}`, async () => {
    const backend = await repository();
    fs.chmodSync(folder, 0o711);
    const report = asNobody(`
      const results = [];
      for (const type of ['data', 'snapshot', 'lock']) {
        try { results.push(await Array.fromAsync(backend.list(type, signal))); } catch (error) { results.push(error.code); }
      }
      try { await backend.save({ type: 'lock', name: '${idOf('l')}' }, new Uint8Array(1), signal); } catch (error) { results.push(error.code); }
      try { await backend.read({ type: 'config', name: 'config' }, signal); } catch (error) { results.push(error.code); }`);
    expect(report).toEqual(['permission', 'permission', 'permission', 'permission', 'permission']);
    expect(await listed(backend, 'lock')).toEqual([]);
  });

  it.skipIf(!mounts)(`a full disk is no-space, with no file left${why}`, () => {
    const report = inTmpfs(
      'size=8m',
      `
      await backend.create(signal);
      const big = new Uint8Array(1 << 20).fill(7);
      const writer = await backend.openWriter('data', { signal });
      try { for (;;) writer.write(big); } catch (error) { results.push(error.code); }
      try { await writer.commit('${idOf('big')}'); } catch (error) { results.push(error.code); }
      await writer[Symbol.asyncDispose]();
      const free = await backend.freeBytes(signal);
      results.push(free > (6 << 20) && free <= (8 << 20));
      await backend.save({ type: 'data', name: '${idOf('small')}' }, new Uint8Array(10), signal);
      results.push((await Array.fromAsync(backend.list('data', signal))).length);`,
    );
    expect(report).toEqual(['no-space', 'internal', true, 1]);
  });

  it.skipIf(!mounts)(`a disk without inodes is no-space too${why}`, () => {
    const report = inTmpfs(
      'nr_inodes=270',
      `
      await backend.create(signal);
      for (let i = 0; i < 20; i++) {
        const name = i.toString(16).padStart(64, '0');
        try { await backend.save({ type: 'data', name }, new Uint8Array(10), signal); }
        catch (error) { results.push(error.code); break; }
      }`,
    );
    expect(report).toEqual(['no-space']);
  });

  it.skipIf(!mounts)(`a read-only file system is permission, and says what it is${why}`, () => {
    const report = inTmpfs(
      '',
      `
      await backend.create(signal);
      await backend.save({ type: 'key', name: '${idOf('k')}' }, new Uint8Array(10), signal);
      execFileSync('mount', ['-o', 'remount,ro', mountPoint]);
      for (const work of [
        () => backend.save({ type: 'data', name: '${idOf('p')}' }, new Uint8Array(10), signal),
        () => backend.remove({ type: 'key', name: '${idOf('k')}' }, signal),
      ]) {
        try { await work(); } catch (error) { results.push(error.code, error.message.includes('read-only')); }
      }
      results.push((await backend.read({ type: 'key', name: '${idOf('k')}' }, signal)).length);`,
    );
    expect(report).toEqual(['permission', true, 'permission', true, 10]);
  });

  function scriptFor(path: string, body: string): string {
    const module = JSON.stringify(new URL('../../../src/backend/local/local-backend.ts', import.meta.url).href);
    return `
      import { execFileSync } from 'node:child_process';
      const { openLocalBackend } = await import(${module});
      const mountPoint = ${JSON.stringify(folder)};
      const backend = openLocalBackend(${JSON.stringify(path)});
      const signal = new AbortController().signal;
      ${body.includes('const results') ? 'process.setgid(65534); process.setuid(65534);' : 'const results = [];'}
      ${body}
      process.stdout.write(JSON.stringify(results));`;
  }
  function asNobody(body: string): unknown {
    return run(process.execPath, ['--input-type=module', '-e', scriptFor(base, body)]);
  }
  /** In a mount namespace of its own: nothing is left mounted, whatever happens. */
  function inTmpfs(options: string, body: string): unknown {
    const mount = `mount -t tmpfs ${options === '' ? '' : `-o ${options}`} none "$1" && shift && exec "$@"`;
    const script = scriptFor(base, body);
    return run('unshare', [
      '-m',
      'sh',
      '-c',
      mount,
      'sh',
      folder,
      process.execPath,
      '--input-type=module',
      '-e',
      script,
    ]);
  }
  function run(program: string, args: string[]): unknown {
    const done = spawnSync(program, args, { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stderr);
    return JSON.parse(done.stdout);
  }
});
