import { describe, expect, it } from 'vitest';
import { firstJson } from '../../../../src/remote/http/first-json.ts';
import { politely, poll } from '../../../../src/remote/http/polling.ts';
import { Redactor } from '../../../../src/remote/http/redactor.ts';
import { RequestPacer } from '../../../../src/remote/http/request-pacer.ts';
import { retryAfterMs } from '../../../../src/remote/http/retry-after.ts';
import { RetryBudget } from '../../../../src/remote/http/retry-budget.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { PassingClock } from '../../../support/passing-clock.ts';

const signal = new AbortController().signal;

describe('Retry-After', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
    ['Sunday, 01-Mar-26 12:01:00 GMT', 60_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['Sun, 99 Mar 2026', undefined],
    ['9999999999', undefined],
  ])('%s', (header, ms) => expect(retryAfterMs(header, now)).toBe(ms));
});

describe('a retry budget', () => {
  it('is bounded in tries, each wait by a cap that doubles', () => {
    const limits = { tries: 5, totalMs: 1e9, firstCapMs: 1000, lastCapMs: 3000 };
    const budget = new RetryBudget(limits, { clock: new FakeClock(), random: () => 1 });
    expect([1, 2, 3, 4, 5].map(() => budget.next())).toEqual([1000, 2000, 3000, 3000, undefined]);
    budget.reset();
    expect(budget.next(50_000)).toBe(51_000);
  });

  it('is bounded in time', async () => {
    const clock = new FakeClock();
    const limits = { tries: 99, totalMs: 10_000, firstCapMs: 1000, lastCapMs: 1000 };
    const budget = new RetryBudget(limits, { clock, random: () => 0.5 });
    expect(budget.next(9_600)).toBe(undefined);
    expect(budget.next(9_500)).toBe(10_000);
    await clock.advance(9_800);
    expect(budget.next()).toBe(undefined);
  });
});

describe('the pacer', () => {
  const left = (limit: number, remaining: number, reset?: string) => ({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    ...(reset === undefined ? {} : { 'x-ratelimit-reset': reset }),
  });

  it('gives requests that are made at once their turns', async () => {
    const clock = new FakeClock();
    const pacer = new RequestPacer(clock);
    pacer.heard(left(100, 5)); // one in 3 s
    const done: number[] = [];
    const turns = [1, 2, 3].map(async () => {
      await pacer.turn(signal);
      done.push(clock.monotonicMs());
    });
    await clock.advance(10_000);
    await Promise.all(turns);
    expect(done).toEqual([3_000, 6_000, 9_000]);
  });

  it.each([
    ['30', 30_000],
    [String(Date.parse('2026-03-01T12:00:20Z') / 1000), 20_000],
    ['999999', 300_000],
    ['nonsense', 60_000],
  ])('waits at 0 until the reset of %s', async (reset, ms) => {
    const clock = new PassingClock();
    const pacer = new RequestPacer(clock);
    pacer.heard(left(100, 0, reset));
    await pacer.turn(signal);
    expect(clock.slept).toEqual([ms]);
  });

  it('takes no notice of what makes no sense', async () => {
    const clock = new PassingClock();
    const pacer = new RequestPacer(clock);
    pacer.heard({ 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0' });
    pacer.heard({ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '-1' });
    pacer.heard({ 'x-ratelimit-remaining': '0' });
    await pacer.turn(signal);
    expect(clock.slept).toEqual([]);
  });

  it('can be cancelled', async () => {
    const pacer = new RequestPacer(new FakeClock());
    pacer.heard(left(1, 0));
    const cancel = new AbortController();
    const turn = pacer.turn(cancel.signal);
    cancel.abort(new Error('enough'));
    await expect(turn).rejects.toThrow('enough');
  });
});

describe('polling', () => {
  it('asks often at first, then every half minute', async () => {
    const clock = new PassingClock();
    let asked = 0;
    const until = async () => (++asked === 80 ? 'done' : undefined);
    expect(await poll({ until, random: () => 0.5, waitingFor: 'it', clock, signal })).toBe('done');
    expect(clock.slept[0]).toBe(1000);
    expect(Math.max(...clock.slept)).toBe(30_000);
    expect(clock.slept.at(-1)).toBe(30_000);
    expect(clock.slept).toEqual([...clock.slept].sort((a, b) => a - b));
    expect(politely(() => 0)(0)).toBe(800);
  });

  it('asks once more when the time is over, then gives up', async () => {
    const clock = new PassingClock();
    const asked: number[] = [];
    const until = async () => void asked.push(clock.monotonicMs());
    const polled = poll({
      until,
      every: () => 4000,
      random: Math.random,
      timeoutMs: 10_000,
      waitingFor: 'it',
      clock,
      signal,
    });
    await expect(polled).rejects.toMatchObject({ code: 'timeout', message: 'Waited 10 s for it, in vain.' });
    expect(asked).toEqual([0, 4000, 8000, 10_000]);
  });

  it('can be cancelled', async () => {
    const cancel = new AbortController();
    const clock = new FakeClock();
    const polled = poll({
      until: async () => undefined,
      random: () => 0,
      waitingFor: 'it',
      clock,
      signal: cancel.signal,
    });
    await clock.advance(100);
    cancel.abort(new Error('enough'));
    await expect(polled).rejects.toThrow('enough');
  });
});

describe('the first of several JSON values', () => {
  it.each([
    ['{"a":"}{\\"}"}{"b":1}', '{"a":"}{\\"}"}'],
    ['[{"a":[1]}] [2]', '[{"a":[1]}]'],
    ['{"a":1}\n', '{"a":1}'],
    ['{"a":', '{"a":'],
    ['12', '12'],
    ['}', '}'],
  ])('of %s', (text, first) => expect(firstJson(text)).toBe(first));
});

describe('the redactor', () => {
  it.each([
    ['Bearer s3cret/+ "x"', 's3cret/+ "x"'],
    ['s3cret/+ "x"', 's3cret/+ "x"'],
    [`Basic ${Buffer.from('user:s3cret/+ "x"').toString('base64')}`, 's3cret/+ "x"'],
  ])('finds the secret of "%s" in every encoding', (value, secret) => {
    const redactor = new Redactor();
    redactor.add(value);
    const base64 = Buffer.from(secret).toString('base64');
    for (const form of [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret),
      base64,
      value,
      base64.replaceAll('+', '-').replaceAll('/', '_'),
    ]) {
      expect(redactor.redact(`a ${form} b`)).toMatch(/^a "?\[redacted\]"?=* b$/);
    }
  });

  it('quotes 300 characters, without cutting a secret in half', () => {
    const redactor = new Redactor();
    redactor.add('token-0123456789');
    const quoted = redactor.quote(`${'é'.repeat(290)}token-0123456789${'x'.repeat(100)}`);
    expect(quoted).toBe(`"${'é'.repeat(290)}[redacted]"…`);
  });

  it('leaves texts alone for credentials that are none', () => {
    const redactor = new Redactor();
    redactor.add('abc');
    redactor.add('');
    expect(redactor.redact('abc')).toBe('abc');
  });
});
