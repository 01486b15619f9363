import { expect, it } from 'vitest';
import { Removals } from '../../../../src/server/rest/removals.ts';

it('removals of a file are one after the other, also after one that failed; those of others are not waited for', async () => {
  const removals = new Removals();
  const gate = Promise.withResolvers<void>();
  const seen: string[] = [];
  const first = removals.inTurn('a', async () => {
    seen.push('a1 begins');
    await gate.promise;
    seen.push('a1 fails');
    throw new Error('no');
  });
  const second = removals.inTurn('a', async () => void seen.push('a2'));
  const third = removals.inTurn('a', async () => void seen.push('a3'));
  await removals.inTurn('b', async () => void seen.push('b'));
  gate.resolve();
  await expect(first).rejects.toThrow('no');
  await Promise.all([second, third]);
  expect(seen).toEqual(['a1 begins', 'b', 'a1 fails', 'a2', 'a3']);
});
