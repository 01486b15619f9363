import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { expectCode, listed } from '../../contract/backend-contract.ts';
import { fail, failAfter, faultyBackend, flipBit, loseAnswer, truncate } from '../../support/faulty-backend.ts';

const never = new AbortController().signal;
const a = { type: 'data', name: 'a'.repeat(64) } as const;
const b = { type: 'data', name: 'b'.repeat(64) } as const;
const text = new Uint8Array(Buffer.from('0123456789'));

async function filled(faults: Parameters<typeof faultyBackend>[1]) {
  const inner = memoryBackend();
  await inner.create(never);
  await inner.save(a, text, never);
  return { inner, backend: faultyBackend(inner, faults) };
}

describe('faultyBackend', () => {
  it('fails the nth call, of a type, so often', async () => {
    const { backend } = await filled([{ call: 'read', type: 'data', nth: 2, times: 2, effect: fail('io') }]);
    await expectCode(backend.read({ type: 'index', name: a.name }, never), 'not-found');
    expect(await backend.read(a, never)).toEqual(text);
    await expectCode(backend.read(a, never), 'io');
    await expectCode(backend.read(a, never), 'io');
    expect(await backend.read(a, never)).toEqual(text);
  });

  it('does it and loses the answer', async () => {
    const { inner, backend } = await filled([{ call: 'save', effect: loseAnswer('timeout') }]);
    await expectCode(backend.save(b, text, never), 'timeout');
    expect(await inner.read(b, never)).toEqual(text);
  });

  it('gives short and wrong bytes', async () => {
    const { backend } = await filled([
      { call: 'readRange', effect: truncate(3) },
      { call: 'read', effect: flipBit(8) },
    ]);
    expect(await backend.readRange(a, { offset: 2, length: 5 }, never)).toEqual(text.slice(2, 5));
    expect(Buffer.from(await backend.read(a, never)).toString()).toBe('0023456789');
    expect(await backend.read(a, never)).toEqual(text);
  });

  it('stores wrong bytes and fails in a writer', async () => {
    const { inner, backend } = await filled([
      { call: 'write', effect: flipBit(0) },
      { call: 'write', nth: 2, effect: fail('no-space') },
    ]);
    await using writer = await backend.openWriter('data', { signal: never });
    await writer.write(text);
    expect(() => writer.write(text)).toThrow(expect.objectContaining({ code: 'no-space' }));
    await writer.commit(b.name);
    expect(Buffer.from(await inner.read(b, never)).toString()).toBe('1123456789');
    expect(backend.calls).toEqual(['openWriter data', 'write data', 'write data', `commit data/${b.name}`]);
  });

  it('ends listings early: with an error, or with a lie', async () => {
    const { inner, backend } = await filled([{ call: 'list', effect: failAfter(1) }]);
    await inner.save(b, text, never);
    await expectCode(listed(backend, 'data'), 'network');
    backend.plant({ call: 'list', effect: truncate(1) });
    expect(await listed(backend, 'data')).toHaveLength(1);
    expect(await listed(backend, 'data')).toHaveLength(2);
  });
});
