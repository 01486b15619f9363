import { expect, it } from 'vitest';
import { mergeInputs } from '../../../../src/agent/runners/merge-inputs.ts';
import { QueueRig } from '../../../support/job-queue.ts';

it.each([
  [{}, {}, { full: false, allowEmpty: false }],
  [{}, { full: true }, { full: true, allowEmpty: false }],
  [{ full: true }, {}, { full: true, allowEmpty: false }],
  [{ allowEmpty: true }, { full: true }, { full: true, allowEmpty: true }],
])('of two backups %o and %o one job is left, which does the work of both', async (first, second, both) => {
  const { queue } = new QueueRig([], { maxParallel: 0, mergeInputs });
  await queue.start();
  const spec = { kind: 'backup', planId: 'home', repositoryIds: ['disk'] } as const;
  await queue.enqueue({ ...spec, trigger: 'change', input: { planId: 'home', ...first } });
  await queue.enqueue({ ...spec, trigger: 'manual', input: { planId: 'home', ...second } });
  expect(queue.list()).toMatchObject([{ trigger: 'manual', input: { planId: 'home', ...both } }]);
});

it('of others only equal ones are one', async () => {
  const { queue } = new QueueRig([], { maxParallel: 0, mergeInputs });
  await queue.start();
  for (const part of [1, 1, 2]) {
    const input = { repositoryId: 'disk', share: { part, of: 20 } };
    await queue.enqueue({ kind: 'check', trigger: 'schedule', repositoryIds: ['disk'], input });
  }
  expect(queue.list()).toHaveLength(2);
});
