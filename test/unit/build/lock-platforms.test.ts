import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completeLock, platformOf } from '../../../build/lock-platforms.mjs';

const lockFile = join(import.meta.dirname, '../../../package-lock.json');

describe('platformOf', () => {
  it.each([
    ['@x/core-darwin-arm64', { cpu: ['arm64'], os: ['darwin'] }],
    ['@x/cli-linux-x64-musl', { cpu: ['x64'], libc: ['musl'], os: ['linux'] }],
    ['@x/core-linux-arm-gnueabihf', { cpu: ['arm'], libc: ['glibc'], os: ['linux'] }],
    ['@x/binding-win32-ia32-msvc', { cpu: ['ia32'], os: ['win32'] }],
    ['@x/binding-wasm32-wasi', { cpu: ['wasm32'] }],
    ['fsevents', undefined],
  ])('%s', (name, expected) => {
    expect(platformOf(name)).toEqual(expected);
  });
});

describe('completeLock', () => {
  it('adds what a parent names and the lock file lacks, beside the parent', () => {
    const bundler = {
      version: '1.2.0',
      dev: true,
      optionalDependencies: { '@x/b-darwin-x64': '1.2.0', '@x/b-linux-x64': '1.2.0' },
    };
    const lock = {
      packages: {
        '': { name: 'product' },
        'node_modules/@x/b-linux-x64': { version: '1.2.0' },
        'node_modules/a/node_modules/b': bundler,
        'node_modules/z': { version: '1.0.0' },
      },
    };
    expect(completeLock(lock)).toEqual(['@x/b-darwin-x64@1.2.0']);
    expect(lock.packages).toHaveProperty(['node_modules/a/node_modules/@x/b-darwin-x64'], {
      version: '1.2.0',
      cpu: ['x64'],
      dev: true,
      optional: true,
      os: ['darwin'],
    });
    expect(completeLock(lock)).toEqual([]);
  });

  it('has nothing to add to the lock file of this project, which names no registry', () => {
    const text = readFileSync(lockFile, 'utf8');
    expect(completeLock(JSON.parse(text))).toEqual([]);
    expect(text).not.toContain('"resolved"');
  });
});
