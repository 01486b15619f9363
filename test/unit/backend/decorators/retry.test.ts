import { describe, expect, it } from 'vitest';
import type { FileType } from '../../../../src/backend/backend.ts';
import { retrying } from '../../../../src/backend/decorators/retry.ts';
import { memoryBackend } from '../../../../src/backend/memory/memory-backend.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import { SharedWaits } from '../../../../src/base/shared-waits.ts';
import { handleFor, listed } from '../../../contract/backend-contract.ts';
import { type Fault, fail, failAfter, faultyBackend, loseAnswer } from '../../../support/faulty-backend.ts';
import { PassingClock } from '../../../support/passing-clock.ts';

const never = new AbortController().signal;
const bytes = new TextEncoder().encode('what is saved');

async function rig(faults: readonly Fault[] = [], random = 0.5) {
  const memory = memoryBackend();
  await memory.create(never);
  const faulty = faultyBackend(memory, faults);
  const clock = new PassingClock();
  return { memory, faulty, clock, backend: retrying(faulty, { clock, random: () => random }) };
}

const often = { times: 4 };

describe('who waits', () => {
  it('is told why, in all threads, until the call is over', async () => {
    const waits = new SharedWaits();
    const memory = memoryBackend();
    await memory.create(never);
    const place = { ...memory.place, waits: waits.shared };
    const flaky = { ...faultyBackend(memory, [{ call: 'save', times: 2, effect: fail('network') }]), place };
    const seen: (string | undefined)[] = [];
    const clock = Object.assign(new PassingClock(), {
      sleep: async () => void seen.push(new SharedWaits(waits.shared).now()?.reason),
    });
    const backend = retrying(flaky, { clock, random: () => 0.5 });
    expect(waits.now()).toBeUndefined();
    await backend.save(handleFor('data', bytes), bytes, never);
    expect(seen).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
    expect(waits.now()).toBeUndefined();
  });

  it('sees the newest reason and the time of the next try; cut where it is too long', () => {
    const waits = new SharedWaits();
    using first = waits.call();
    using second = waits.call();
    first.failed('The server is off.', 1000);
    second.failed('ä'.repeat(1000), 500_000);
    expect(waits.now()?.reason).toBe('ä'.repeat(256));
    expect(waits.now()?.seconds).toBeGreaterThan(400);
    second[Symbol.dispose]();
    expect(waits.now()).toBeDefined();
    first[Symbol.dispose]();
    expect(waits.now()).toBeUndefined();
  });
});

describe('what may succeed later', () => {
  it('is tried again, after growing waits', async () => {
    const { backend, clock, memory } = await rig([{ call: 'save', ...often, effect: fail('network') }]);
    const handle = handleFor('data', bytes);
    await backend.save(handle, bytes, never);
    expect(clock.slept).toEqual([250, 500, 1000, 2000]);
    expect(await memory.read(handle, never)).toEqual(bytes);
  });

  it.each(['read', 'readRange', 'stat', 'remove', 'freeBytes', 'create'] as const)('%s', async (call) => {
    const { backend, clock, memory } = await rig([{ call, ...often, effect: fail('timeout') }]);
    const handle = handleFor('index', bytes);
    await memory.save(handle, bytes, never);
    const calls = {
      read: () => backend.read(handle, never),
      readRange: () => backend.readRange(handle, { offset: 0, length: 4 }, never),
      stat: () => backend.stat(handle, never),
      remove: () => backend.remove(handle, never),
      freeBytes: () => backend.freeBytes(never),
      create: () => backend.create(never),
    };
    await calls[call]();
    expect(clock.slept).toHaveLength(4);
  });

  it('a pack whose commit fails is saved again from its bytes', async () => {
    const { backend, memory } = await rig([{ call: 'save', ...often, effect: fail('network') }]);
    const handle = handleFor('data', bytes);
    await using writer = await backend.openWriter('data', { signal: never });
    await writer.write(bytes.subarray(0, 5));
    await writer.write(bytes.subarray(5));
    await writer.commit(handle.name);
    expect(await memory.read(handle, never)).toEqual(bytes);
  });

  it('a listing that breaks is begun again, and yields each file once', async () => {
    const { backend, memory } = await rig([{ call: 'list', times: 2, effect: failAfter(3) }]);
    const names = new Set<string>();
    for (let n = 0; n < 6; n++) {
      const content = new Uint8Array([n]);
      const handle = handleFor('snapshot', content);
      names.add(handle.name);
      await memory.save(handle, content, never);
    }
    const found = await listed(backend, 'snapshot');
    expect(found).toHaveLength(6);
    expect(new Set(found.map(({ name }) => name))).toEqual(names);
  });

  it('ends with its last error when the time is over', async () => {
    const { faulty, clock } = await rig([{ call: 'read', times: Number.POSITIVE_INFINITY, effect: fail('network') }]);
    const backend = retrying(faulty, { clock, random: () => 1, firstDeadlineMs: 10_000 });
    await expect(backend.read(handleFor('data', bytes), never)).rejects.toMatchObject({ code: 'network' });
    expect(clock.slept).toEqual([500, 1000, 2000, 4000]);
  });
});

it('waits for longer where anything worked before', async () => {
  const { faulty, clock } = await rig();
  const backend = retrying(faulty, { clock, random: () => 1, deadlineMs: 40_000, firstDeadlineMs: 3_000 });
  faulty.plant({ call: 'read', times: Number.POSITIVE_INFINITY, effect: fail('network') });
  const read = () => backend.read(handleFor('data', bytes), never);
  await expect(read()).rejects.toMatchObject({ code: 'network' });
  expect(clock.slept).toEqual([500, 1000]);
  clock.slept.length = 0;
  await listed(backend, 'data');
  await expect(read()).rejects.toMatchObject({ code: 'network' });
  expect(clock.slept).toEqual([500, 1000, 2000, 4000, 8000, 16_000]);
});

describe('what cannot succeed', () => {
  it.each(['permission', 'not-found', 'no-space', 'corrupt', 'append-only'] as const)(
    '%s stops at once',
    async (code) => {
      const { backend, clock } = await rig([{ call: 'save', times: 9, effect: fail(code) }]);
      await expect(backend.save(handleFor('data', bytes), bytes, never)).rejects.toMatchObject({ code });
      expect(clock.slept).toEqual([]);
    },
  );

  it('a bug is no reason to wait', async () => {
    const { memory, clock } = await rig();
    memory.stat = async () => {
      throw new TypeError('a bug');
    };
    const backend = retrying(memory, { clock });
    await expect(backend.stat(handleFor('data', bytes), never)).rejects.toThrow(TypeError);
    expect(clock.slept).toEqual([]);
  });
});

describe('a save whose answer was lost', () => {
  it.each<FileType>(['config', 'data', 'key', 'lock'])('is done where the %s lies there as it should', async (type) => {
    const { backend, memory, clock } = await rig([{ call: 'save', effect: loseAnswer() }]);
    const handle = handleFor(type, bytes);
    await backend.save(handle, bytes, never);
    expect(clock.slept).toHaveLength(1);
    expect(await memory.read(handle, never)).toEqual(bytes);
  });

  it.each([1, 20])('is where a server shows what came of the first try, and %i more times', async (shown) => {
    const { faulty, memory, clock } = await rig([{ call: 'save', effect: fail('network') }]);
    const handle = handleFor('data', bytes);
    const part = new Uint8Array(bytes.length);
    part.set(bytes.subarray(0, 3));
    await memory.save(handle, part, never);
    let looks = 0;
    const stat = faulty.stat;
    faulty.stat = async (of, signal) => {
      const there = await stat(of, signal);
      if (++looks === shown) await memory.remove(of, never); // the server noticed
      return there;
    };
    const backend = retrying(faulty, { clock, random: () => 0.5 });
    await backend.save(handle, bytes, never);
    expect(await memory.read(handle, never)).toEqual(bytes);
    expect(looks).toBeLessThanOrEqual(3);
  });

  it('is not where another’s file has the name', async () => {
    const { backend, memory } = await rig([{ call: 'save', effect: fail('network') }]);
    const handle = { type: 'config', name: 'config' } as const;
    await memory.save(handle, new TextEncoder().encode('of another'), never);
    await expect(backend.save(handle, bytes, never)).rejects.toMatchObject({ code: 'exists' });
  });

  it('counts as exists at the first try', async () => {
    const { backend, memory } = await rig();
    const handle = handleFor('data', bytes);
    await memory.save(handle, bytes, never);
    await expect(backend.save(handle, bytes, never)).rejects.toMatchObject({ code: 'exists' });
  });
});

it('waiting ends when it is cancelled', async () => {
  const { backend } = await rig([{ call: 'read', times: 9, effect: fail('network') }]);
  const stop = new AbortController();
  const reading = backend.read(handleFor('data', bytes), stop.signal);
  stop.abort(new HoldfastError('cancelled', 'Stopped.'));
  await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
});
