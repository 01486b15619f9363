import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8, fsPath, isAscii, toUtf8 } from '../../../src/base/byte-string.ts';
import { systemClock } from '../../../src/base/clock.ts';
import {
  type ErrorCode,
  fromSystemError,
  HoldfastError,
  isHoldfastError,
  messageOf,
  systemCode,
} from '../../../src/base/errors.ts';
import { StopFlag } from '../../../src/base/stop-flag.ts';

describe('byte strings', () => {
  it('texts go to their UTF-8 bytes and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const bytes = fromUtf8(text);
        expect([...bytes].every((char) => char.charCodeAt(0) <= 0xff)).toBe(true);
        expect(toUtf8(bytes)).toBe(text);
      }),
    );
    expect(fromUtf8('ä')).toBe('\xc3\xa4');
    expect(toUtf8('\xff')).toBe('\ufffd');
  });

  it('paths stay text where they are ASCII, and are their bytes otherwise', () => {
    expect(fsPath('/a/b')).toBe('/a/b');
    expect(fsPath('/\xff')).toEqual(Buffer.from([0x2f, 0xff]));
    expect([isAscii('\x00\x7f\n'), isAscii('\x80'), isAscii('')]).toEqual([true, false, true]);
  });
});

describe('errors', () => {
  it('come back from JSON as they were, with the cause as text', () => {
    const error = new HoldfastError('no-space', 'It is full.', {
      retry: 'backoff',
      hint: 'Empty it.',
      context: { path: '/x', bytes: 3, last: true },
      cause: new Error('why'),
    });
    const back = HoldfastError.fromJSON(JSON.parse(JSON.stringify(error)));
    expect(back).toMatchObject({
      code: 'no-space',
      message: 'It is full.',
      retry: 'backoff',
      hint: 'Empty it.',
      context: { path: '/x', bytes: 3, last: true },
      cause: 'why',
    });
    expect(back.toJSON()).toEqual(error.toJSON());
    const plain = new HoldfastError('io', 'Plain.');
    expect(HoldfastError.fromJSON(structuredClone(plain.toJSON())).toJSON()).toEqual({
      code: 'io',
      message: 'Plain.',
      retry: 'never',
      context: {},
    });
  });

  it('are told by their code, of any realm', () => {
    const error = new HoldfastError('io', 'x');
    expect(isHoldfastError(error)).toBe(true);
    expect(isHoldfastError(error, 'locked', 'io')).toBe(true);
    expect(isHoldfastError(error, 'locked')).toBe(false);
    const foreign = Object.assign(new Error('x'), { name: 'HoldfastError', code: 'io' });
    expect(isHoldfastError(foreign, 'io')).toBe(true);
    for (const other of [new Error('x'), { name: 'HoldfastError', code: 'io' }, undefined, 'io']) {
      expect(isHoldfastError(other)).toBe(false);
    }
    expect([messageOf(new Error('x')), messageOf('y'), messageOf(undefined)]).toEqual(['x', 'y', 'undefined']);
  });

  const system = (code: string): Error => Object.assign(new Error(`${code}: it went wrong`), { code });

  it.each<[string, ErrorCode, string]>([
    ['ENOENT', 'not-found', 'it does not exist'],
    ['ENOTDIR', 'not-found', 'not a folder'],
    ['EEXIST', 'exists', 'already'],
    ['EACCES', 'permission', 'permission denied'],
    ['EPERM', 'permission', 'permission denied'],
    ['EROFS', 'permission', 'read-only'],
    ['ENOSPC', 'no-space', 'no space'],
    ['EDQUOT', 'no-space', 'no space'],
    ['EFBIG', 'no-space', 'no space'],
    ['EIO', 'io', 'EIO'],
    ['EMFILE', 'io', 'EMFILE'],
    ['ELOOP', 'io', 'ELOOP'],
  ])('of the system: %s is %s', (name, code, says) => {
    const cause = system(name);
    const error = fromSystemError(cause, 'read /x');
    expect(error).toMatchObject({ code, cause, context: { systemCode: name } });
    expect(messageOf(error)).toMatch(/^Cannot read \/x: /);
    expect(messageOf(error)).toContain(says);
  });

  it('that are none of the system pass through as they are', () => {
    const abort = Object.assign(new Error('aborted'), { name: 'AbortError', code: 'ABORT_ERR' });
    const coded = system('ERR_INVALID_ARG_TYPE');
    const own = new HoldfastError('locked', 'x');
    for (const error of [abort, own, new Error('x'), 'text', undefined]) {
      expect(fromSystemError(error, 'read')).toBe(error);
    }
    expect(systemCode(coded)).toBe('ERR_INVALID_ARG_TYPE');
    expect(systemCode('x')).toBeUndefined();
    expect(systemCode(Object.assign(new Error('x'), { code: 5 }))).toBeUndefined();
  });
});

describe('the stop flag', () => {
  it('is seen by all who share it', () => {
    const flag = new StopFlag();
    const other = new StopFlag(flag.shared);
    expect(other.raised).toBe(false);
    flag.raise();
    expect([flag.raised, other.raised]).toEqual([true, true]);
  });
});

describe('the clock', () => {
  it('sleeps, and wakes with the reason of a cancel', async () => {
    const never = new AbortController().signal;
    const before = systemClock.monotonicMs();
    await systemClock.sleep(5, never);
    expect(systemClock.monotonicMs() - before).toBeGreaterThanOrEqual(4);
    const cancel = new AbortController();
    const asleep = systemClock.sleep(60_000, cancel.signal);
    cancel.abort(new Error('enough'));
    await expect(asleep).rejects.toThrow('enough');
    await expect(systemClock.sleep(0, cancel.signal)).rejects.toThrow('enough');
    expect(Math.abs(systemClock.now().getTime() - Date.now())).toBeLessThan(1000);
  });

  it('a sleep longer than a timer can run does not end at once', async () => {
    const cancel = new AbortController();
    let awake = false;
    const asleep = systemClock.sleep(40 * 24 * 3_600_000, cancel.signal).then(
      () => {
        awake = true;
      },
      () => undefined,
    );
    await systemClock.sleep(20, new AbortController().signal);
    expect(awake).toBe(false);
    cancel.abort();
    await asleep;
  });
});
