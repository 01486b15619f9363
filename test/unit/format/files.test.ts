import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeConfig, parseConfig } from '../../../src/format/config.ts';
import { idFromBytes, idOf, idToBytes, isId } from '../../../src/format/id.ts';
import { encodeKeyFile, encodeMasterKey, parseKeyFile, parseMasterKey } from '../../../src/format/key-file.ts';
import { encodeLock, parseLock } from '../../../src/format/lock.ts';
import { encodeSnapshot, parseSnapshot } from '../../../src/format/snapshot.ts';
import { garbage, outcome } from './generators.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
const corrupt = expect.objectContaining({ code: 'corrupt' });
const A = 'a1'.repeat(32);
const B = 'b2'.repeat(32);

/** Written by restic 0.14. */
const key =
  '{"created":"2026-11-21T01:05:02.156251178Z","username":"root","hostname":"vm","kdf":"scrypt","N":32768,"r":8,"p":4,' +
  '"salt":"hJhmviizSwNMiue3npc1uoRzmfuk8SglU8ceXPvuHOGreG8T31k6s7igcxCzK2sZ7WIBUjqJUuW1kzwFnAT9kQ==","data":"ZJtOxpCzAncOobdM' +
  'fJZs7FfIZ16ajYQjSL7im2dmCGxqjKJeK5h5SBLb1YAvKYLHr06t/go2Sp7Z2YfXUv40RMrQuPfLsYGX5PKQba0ZsQHloQKVTWJqJTFl1jmbOkgqCPWFXDUt' +
  'Lh6WRcjAg3eADiC8notoY/DYd5i3Ym3Ijl5rS7kuoUWyeUt/Mc9t0CNblMrZqxkLQTzALFpt8S40Mg=="}';
const masterKey =
  '{"mac":{"k":"OU/ss9aGBl9rNN7WV8B/0Q==","r":"v+iODQhXGAYgwYMDYOJECw=="},"encrypt":"mFFysNRfRcsB+f1yeuf6bLpbZaTJmbY1Erhe5Hmvizk="}';
const config = `{"version":2,"id":"${A}","chunker_polynomial":"26023a0603395d"}`;
const snapshot =
  `{"time":"2026-11-21T01:05:02.824716041+01:00","parent":"${B}","tree":"${A}","paths":["/home/\\u003ca\\u003e","/é"],"hostname":"vm",` +
  `"username":"u","uid":1000,"gid":100,"excludes":["*.tmp"],"tags":["x","y"],"original":"${B}","program_version":"restic 0.18.0",` +
  '"summary":{"backup_start":"2026-11-21T01:05:02Z","backup_end":"2026-11-21T01:05:03Z","files_new":1,"files_changed":2,' +
  '"files_unmodified":3,"dirs_new":4,"dirs_changed":5,"dirs_unmodified":6,"data_blobs":7,"tree_blobs":8,"data_added":9,' +
  '"data_added_packed":10,"total_files_processed":11,"total_bytes_processed":12,"later":[1]},"future":{"a":"b"}}';
const lock =
  '{"time":"2026-11-21T01:05:02.5Z","exclusive":true,"hostname":"vm","username":"root","pid":77,"uid":1000,"gid":1000}';

describe('files of a repository', () => {
  it.each([
    ['config', config, (b: Uint8Array) => encodeConfig(parseConfig(b))],
    [
      'config with fields of another program',
      config.replace('}', ',"append_only":true}'),
      (b: Uint8Array) => encodeConfig(parseConfig(b)),
    ],
    ['key', key, (b: Uint8Array) => encodeKeyFile(parseKeyFile(b))],
    ['master key', masterKey, (b: Uint8Array) => encodeMasterKey(parseMasterKey(b))],
    ['snapshot', snapshot, (b: Uint8Array) => encodeSnapshot(parseSnapshot(b))],
    ['lock', lock, (b: Uint8Array) => encodeLock(parseLock(b))],
  ])('are written again as they were: %s', (_what, text, again) => {
    expect(Buffer.from(again(bytes(text))).toString('utf8')).toBe(text);
  });

  it.each([
    ['config', config, parseConfig],
    ['key', key, parseKeyFile],
    ['master key', masterKey, parseMasterKey],
    ['snapshot', snapshot, parseSnapshot],
    ['lock', lock, parseLock],
  ])('are taken or refused, whatever they hold: %s', (_what, text, parse) => {
    fc.assert(
      fc.property(garbage(bytes(text)), (noise) => void outcome(() => parse(noise))),
      { numRuns: 300 },
    );
  });
});

describe('config', () => {
  it('of a later version is unsupported, with what to do', () => {
    const later = bytes(config.replace('"version":2', '"version":3'));
    expect(() => parseConfig(later)).toThrow(
      expect.objectContaining({ code: 'unsupported', hint: expect.stringContaining('newer') }),
    );
  });

  it.each(['26023a0603395c', '1', '0', '', '-3', 'xyz', '26023a0603395d00000'])(
    'with the polynomial %j is corrupt',
    (polynomial) => {
      expect(() => parseConfig(bytes(config.replace('26023a0603395d', polynomial)))).toThrow(corrupt);
    },
  );

  it('with an irreducible polynomial of another degree is unsupported', () => {
    const small = bytes(config.replace('26023a0603395d', 'b'));
    expect(() => parseConfig(small)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it.each(['"2"', '-1', '1.5', 'null', '1e999'])('with version %s is corrupt', (version) => {
    expect(() => parseConfig(bytes(config.replace(':2,', `:${version},`)))).toThrow(corrupt);
  });
});

describe('key files', () => {
  it.each([
    ['"N":32768', '"N":32769'],
    ['"N":32768', '"N":1'],
    ['"r":8', '"r":0'],
    ['"salt":"hJ', '"salt":"*J'],
    ['"data":', '"date":'],
  ])('with %s turned into %s are corrupt', (from, to) => {
    expect(() => parseKeyFile(bytes(key.replace(from, to)))).toThrow(corrupt);
  });

  it.each([
    ['"N":32768', '"N":1073741824'],
    ['"p":4', '"p":100000000'],
    ['scrypt', 'argon2'],
  ])('with %s turned into %s are unsupported', (from, to) => {
    expect(() => parseKeyFile(bytes(key.replace(from, to)))).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it('hold no all-zero or short key', () => {
    const zero = Buffer.alloc(16).toString('base64');
    expect(() => parseMasterKey(bytes(masterKey.replace('OU/ss9aGBl9rNN7WV8B/0Q==', zero)))).toThrow(corrupt);
    expect(() => parseMasterKey(bytes(masterKey.replace('OU/ss9aGBl9rNN7WV8B/0Q==', 'OU8=')))).toThrow(corrupt);
  });
});

describe('snapshots', () => {
  it('leave out what is empty', () => {
    const text = Buffer.from(
      encodeSnapshot({ time: '2026-01-01T00:00:00Z', tree: A, paths: ['/a'], uid: 0, gid: 0, tags: [], excludes: [] }),
    ).toString();
    expect(text).toBe(`{"time":"2026-01-01T00:00:00Z","tree":"${A}","paths":["/a"]}`);
  });

  it('without tree, or with a wrong time, are corrupt', () => {
    expect(() => parseSnapshot(bytes(snapshot.replace('"tree"', '"three"')))).toThrow(/"tree" is missing/);
    expect(() => parseSnapshot(bytes(snapshot.replace('2026-11', '2026-13')))).toThrow(/"time" is not a time/);
  });

  it('name their parts', () => {
    const parsed = parseSnapshot(bytes(snapshot));
    expect(parsed).toMatchObject({ parent: B, tree: A, paths: ['/home/<a>', '/é'], uid: 1000, tags: ['x', 'y'] });
    expect(parsed.summary).toMatchObject({ filesNew: 1, dataAddedPacked: 10, totalBytesProcessed: 12 });
    expect(parsed.extra).toEqual({ future: { a: 'b' } });
  });
});

describe('ids', () => {
  it('are SHA-256 in hex', () => {
    expect(idOf(bytes('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(idFromBytes(Buffer.concat([Buffer.of(9), idToBytes(A)]), 1)).toBe(A);
  });

  it('are told from other things', () => {
    expect([A, A.toUpperCase(), A.slice(1), `${A}0`, `${A.slice(1)}\n`, 7, null].map(isId)).toEqual([
      true,
      ...Array.from({ length: 6 }, () => false),
    ]);
    expect(() => idToBytes('x')).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(() => idFromBytes(Buffer.alloc(32), 1)).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
