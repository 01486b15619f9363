/**
 * What installers are made of: packed by electron-builder itself with its real configuration, around a stand-in for Electron's
 * program; then the agent in it runs by plain Node and makes a backup, and the shell in it on a made-up Electron.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { extractAll, listPackage } from '@electron/asar';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import configuration from '../../build/electron-builder.mjs';
import type { AgentClient } from '../../electron/agent/agent-feed.ts';
import type { Job } from '../../electron/agent/agent-view.ts';
import { trayIconFile } from '../../electron/tray/icon-file.ts';
import { iconStates } from '../../electron/tray/icon-state.ts';
import type { planInputSchema } from '../../src/config/plan.ts';
import { isEnded } from '../../src/jobs/job.ts';
import { agentProfile } from '../support/agent.ts';
import { buildDesktop } from '../support/built-desktop.ts';
import { DesktopShell } from '../support/desktop-shell.ts';
import { fusesOf, linuxStandIn, macStandIn } from '../support/electron-stand-in.ts';
import { HostedAgent } from '../support/hosted-agent.ts';
import { describeFailure, runProcess } from '../support/run-process.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const top = join(import.meta.dirname, '../..');
type PlanBody = z.input<typeof planInputSchema>;
const require = createRequire(import.meta.url);

describe("electron-builder's configuration", () => {
  const schema = require('app-builder-lib/scheme.json');
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

  it('is as its own schema says, with and without a place for updates', () => {
    expect([validate(configuration), validate.errors]).toEqual([true, null]);
    const published = { ...configuration, publish: { provider: 'generic', url: 'https://updates.example/' } };
    expect([validate(published), validate.errors]).toEqual([true, null]);
    expect(validate({ ...configuration, electronFuses: { runAsNodes: false } })).toBe(false);
  });

  it('makes what each system installs', () => {
    expect([configuration.linux?.target, configuration.mac?.target, configuration.win?.target]).toEqual([
      ['AppImage', 'deb', 'rpm'],
      ['dmg', 'zip'],
      ['nsis'],
    ]);
  });

  it('names only files that are there', async () => {
    await buildDesktop();
    const { linux, mac, win } = configuration;
    for (const path of [linux?.icon, mac?.icon, win?.icon, mac?.entitlements, mac?.entitlementsInherit]) {
      expect([path, existsSync(join(top, String(path)))]).toEqual([path, true]);
    }
    for (const key of ['allow-jit', 'disable-library-validation']) {
      expect(readFileSync(join(top, String(mac?.entitlements)), 'utf8')).toContain(`com.apple.security.cs.${key}`);
    }
  });
});

/** In this order (FuseV1Options): RunAsNode, cookies encrypted, NODE_OPTIONS, --inspect, archive verified, archive only, a snapshot of its own, file: with more rights. */
const fuses = '01001100';

/** By electron-builder's own command, with the configuration as it is. */
async function pack(folder: TemporaryFolder, target: string, electron: string): Promise<string> {
  const out = folder.at('release', target);
  const args = [target, 'dir', '--publish', 'never', '--config', join(top, 'build/electron-builder.mjs')];
  const place = [`-c.electronDist=${electron}`, `-c.directories.output=${out}`];
  const builder = join(top, 'node_modules/electron-builder/cli.js');
  const result = await runProcess(process.execPath, [builder, ...args, ...place], { cwd: top });
  if (result.code !== 0) throw new Error(describeFailure('electron-builder', result));
  const packed = readdirSync(out, { withFileTypes: true }).find((entry) => entry.isDirectory());
  return join(out, packed?.name ?? '');
}

describe.skipIf(process.platform !== 'linux')('a package', () => {
  let folder: TemporaryFolder;
  let resources: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await buildDesktop();
    resources = join(await pack(folder, '--linux', linuxStandIn(folder)), 'resources');
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it('has the fuses set: no Node by an argument or a variable, nothing but its own archive', () => {
    expect(fusesOf(readFileSync(join(resources, '../holdfast')))).toBe(fuses);
  });

  it('holds what is built and the native packages, and nothing else', () => {
    const files = listPackage(join(resources, 'app.asar'), { isPack: false }).map((path) => path.slice(1));
    const tops = new Set(files.map((path) => path.split('/')[0]));
    expect([...tops].toSorted()).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json']);
    const packages = new Set(files.flatMap((path) => /^node_modules\/([^/]+)/.exec(path)?.[1] ?? []));
    expect([...packages].toSorted()).toEqual(['@koromix', '@napi-rs', 'keytar', 'koffi']);
    expect(files.filter((path) => /\.map$|\.ts$|^dist\/\./.test(path))).toEqual([]);
    for (const state of iconStates) {
      for (const platform of ['linux', 'darwin', 'win32'] as const) {
        expect(files).toContain(`dist/icons/${trayIconFile(state, platform)}`);
      }
    }
  });

  it('has beside the archive what reads real files, and says that it is modules', () => {
    const beside = join(resources, 'app.asar.unpacked');
    expect(readdirSync(beside).toSorted()).toEqual(['dist', 'node_modules', 'package.json']);
    expect(JSON.parse(readFileSync(join(beside, 'package.json'), 'utf8')).type).toBe('module');
    expect(existsSync(join(beside, 'dist/electron'))).toBe(false);
    for (const name of [
      'agent-hosted.js',
      'backup-worker.js',
      'kernels.wasm',
      'renderer/index.html',
      'icons/tray/idle.png',
    ]) {
      expect([name, existsSync(join(beside, 'dist', name))]).toEqual([name, true]);
    }
  });

  it('runs its agent, beside the archive, with its workers and native packages: a backup is made', async () => {
    await using profile = await agentProfile();
    const files = join(profile.home, 'Documents');
    mkdirSync(files);
    writeFileSync(join(files, 'thesis.txt'), 'the thesis');
    await using agent = new HostedAgent(join(resources, 'app.asar.unpacked/dist/agent-hosted.js'), profile);
    const ready = await agent.heard('ready');
    const client = agent.client(ready);
    const signal = AbortSignal.timeout(60_000);
    const body: PlanBody = {
      name: 'Documents',
      sources: [files],
      trigger: { kind: 'manual' },
      repositories: ['default'],
    };
    const plan = await client.plans.create({ body, signal });
    const run = async () => void (await client.plans.run({ params: { id: plan.id }, body: {}, signal }));
    expect(await firstEndedJob(client, run, signal)).toMatchObject({ state: 'done', kind: 'backup', planId: plan.id });
    expect((await client.snapshots.list({ query: { planId: plan.id }, signal })).snapshots).toHaveLength(1);
    const page = await fetch(`${ready.baseUrl}/`, { headers: { authorization: `Bearer ${ready.token}` } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<div id="root">')]);
    agent.stop();
    expect(await agent.exit).toEqual([0, null]);
  });

  it('runs its shell, which finds its agent, its page and its icons', async () => {
    const app = folder.at('app');
    extractAll(join(resources, 'app.asar'), app);
    await using profile = await agentProfile();
    await using shell = new DesktopShell(join(app, 'dist/electron/main.js'), profile);
    await shell.until('icon', (icon) => String(icon).endsWith('idle.png'));
    for (const path of [...shell.called('icon'), ...shell.called('fork')])
      expect([path, existsSync(String(path))]).toEqual([path, true]);
    const [options] = shell.called('window') as { icon: string; webPreferences: { preload: string } }[];
    for (const path of [options?.icon, options?.webPreferences.preload])
      expect([path, existsSync(path ?? '')]).toEqual([path, true]);
    expect((await shell.request('app://holdfast/')).text).toContain('<div id="root">');
    await shell.play({ do: 'quit' });
    expect(await shell.exit).toEqual([0, null]);
  });

  it('is an application of macOS, too: its archive is named by its hash, its program has the fuses', async () => {
    const contents = join(await pack(folder, '--mac', macStandIn(folder)), 'Holdfast.app/Contents');
    const info = readFileSync(join(contents, 'Info.plist'), 'utf8');
    expect(info).toContain('<string>app.holdfast.desktop</string>');
    expect(info).toMatch(/<key>ElectronAsarIntegrity<\/key>\s*<dict>\s*<key>Resources\/app\.asar<\/key>/);
    const framework = 'Frameworks/Electron Framework.framework/Electron Framework';
    expect(fusesOf(readFileSync(join(contents, framework)))).toBe(fuses);
    expect(
      readFileSync(join(contents, 'Resources/icon.icns')).equals(readFileSync(join(top, 'dist/icons/icon.icns'))),
    ).toBe(true);
    const files = listPackage(join(contents, 'Resources/app.asar'), { isPack: false });
    expect(files).toContain('/dist/electron/main.js');
  });
});

/** The first job that ends after `start`. */
async function firstEndedJob(client: AgentClient, start: () => Promise<void>, signal: AbortSignal): Promise<Job> {
  const ended = Promise.withResolvers<Job>();
  const enough = new AbortController();
  client
    .events({
      signal: AbortSignal.any([signal, enough.signal]),
      onReset: () => undefined,
      onState: ({ state }) => state === 'open' && start().catch(ended.reject),
      onEvent: ({ type, data }) => type === 'job.changed' && isEnded(data) && ended.resolve(data),
    })
    .then(() => ended.reject(signal.reason), ended.reject);
  return ended.promise.finally(() => enough.abort());
}
