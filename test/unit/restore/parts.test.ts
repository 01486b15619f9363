import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/format/tree.ts';
import { HardLinks } from '../../../src/restore/hard-links.ts';
import { isTemporaryName, nameProblem, temporaryPathOf } from '../../../src/restore/names.ts';
import { decide, overwritePolicies } from '../../../src/restore/policy.ts';
import { writtenParts } from '../../../src/restore/worker/sparse.ts';

describe('writtenParts', () => {
  it('leaves out zeros only, and every long run of them', () => {
    const runs = fc.array(fc.record({ zero: fc.boolean(), bytes: fc.integer({ min: 1, max: 90_000 }) }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(runs, fc.nat(10_000), (parts, position) => {
        const bytes = Buffer.concat(parts.map((run) => Buffer.alloc(run.bytes, run.zero ? 0 : 7)));
        const rebuilt = Buffer.alloc(bytes.length);
        const found = writtenParts(bytes, position);
        let written = 0;
        for (let at = 0; at < found.length; at += 2) {
          const [start = 0, end = 0] = found.slice(at, at + 2);
          expect(start).toBeLessThan(end);
          expect(start).toBeGreaterThanOrEqual(written);
          bytes.copy(rebuilt, start, start, end);
          written = end;
        }
        expect(rebuilt.equals(bytes)).toBe(true);
        const longZeros = parts
          .filter((run) => run.zero)
          .reduce((sum, run) => sum + Math.max(0, run.bytes - 49_152), 0);
        const total = found.reduce((sum, edge, at) => (at % 2 === 0 ? sum - edge : sum + edge), 0);
        expect(total).toBeLessThanOrEqual(bytes.length - longZeros);
      }),
      { numRuns: 200 },
    );
  });
});

describe('names', () => {
  it('of temporary files are known, the same each time, and in the same folder', () => {
    const path = temporaryPathOf('/a/b/\xff name');
    expect(path).toBe(temporaryPathOf('/a/b/\xff name'));
    expect(path).toMatch(/^\/a\/b\//);
    expect(isTemporaryName(path.slice('/a/b/'.length))).toBe(true);
    expect(isTemporaryName('.holdfast-restore-notes')).toBe(false);
  });

  it.each(['a\\b', 'a:b', 'CON', 'nul.txt', 'end.', 'end ', '..\\up', 'C:'])('Windows has none such as %j', (name) => {
    expect(nameProblem(name, 'win32')?.code).toBe('unsupported');
    expect(nameProblem(name, 'linux')).toBeUndefined();
  });

  it('are fine on Windows where they are', () => {
    for (const name of ['a', 'console', 'com', 'a.b', '.hidden', 'caf\xc3\xa9'])
      expect(nameProblem(name, 'win32')).toBeUndefined();
  });
});

const plainNode: Node = {
  name: 'n',
  type: 'file',
  mode: 0,
  mtimeNs: 0n,
  atimeNs: 0n,
  ctimeNs: 0n,
  uid: 0,
  gid: 0,
  content: null,
};

describe('HardLinks', () => {
  const node = (content: string): Node => ({ ...plainNode, inode: 5n, deviceId: 1n, links: 3, content: [content] });
  const item = (path: string, content = 'x'): { node: Node; path: string } => ({ node: node(content), path });

  it('gives waiting names to link when the first is there, later ones at once', () => {
    const links = new HardLinks();
    const [a, b, c] = [item('a'), item('b'), item('c')];
    expect([links.enter(a), links.enter(b)]).toEqual(['restore', 'wait']);
    expect(links.settled(a, true)).toEqual([b]);
    expect(links.enter(c)).toEqual({ link: 'a' });
    expect(links.has(a)).toBe(false);
  });

  it('lets the next one lead where the first failed', () => {
    const links = new HardLinks();
    const [a, b, c] = [item('a'), item('b'), item('c')];
    for (const each of [a, b, c]) links.enter(each);
    expect(links.settled(a, false)).toEqual([b]);
    expect(links.settled(b, true)).toEqual([c]);
  });

  it('keeps files of other content apart, whatever their inodes say', () => {
    const links = new HardLinks();
    expect([links.enter(item('a', 'x')), links.enter(item('b', 'y'))]).toEqual(['restore', 'restore']);
  });
});

describe('decide', () => {
  it('writes new items beside, where a later run would take a half of one for the user’s', () => {
    const node: Node = { ...plainNode, content: [] };
    const decisions = overwritePolicies.map((policy) => [policy, decide(node, undefined, policy)]);
    expect(Object.fromEntries(decisions)).toEqual({
      always: 'create',
      'if-changed': 'create',
      'if-newer': 'beside',
      never: 'beside',
    });
  });
});
