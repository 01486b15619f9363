import { describe, expect, it } from 'vitest';
import english from '../../../renderer/i18n/en/repositories.json' with { type: 'json' };
import { areaPath, linePath, niceTop } from '../../../renderer/views/repositories/detail/chart-geometry.ts';
import { savingsOf } from '../../../renderer/views/repositories/detail/savings.ts';
import { destinationOf, newPlace, placeKinds, placeOf } from '../../../renderer/views/repositories/place/place.ts';
import { destinationKinds } from '../../../src/control/destinations.ts';

describe('places', () => {
  it('become locations, without fields that were left empty', () => {
    const typed = { ...newPlace('s3'), address: ' https://host/bucket ', settings: { region: 'eu', profile: ' ' } };
    expect(destinationOf({ ...typed, credentials: { secretAccessKey: 'x', sessionToken: '' } })).toEqual({
      location: 's3:https://host/bucket',
      settings: { region: 'eu' },
      credentials: { secretAccessKey: 'x' },
    });
  });

  it('are read from locations, and a whole location may be pasted', () => {
    expect(placeOf('sftp:user@host:/path', {})).toMatchObject({ kind: 'sftp', address: 'user@host:/path' });
    expect(placeOf('C:\\Backup', {})).toMatchObject({ kind: 'local', address: 'C:\\Backup' });
    expect(destinationOf({ ...newPlace('rest'), address: 'rest:https://host/' }).location).toBe('rest:https://host/');
  });

  it('have words for every kind and field that there is', () => {
    const kinds: Readonly<Record<string, object>> = english.kind;
    const fields: Readonly<Record<string, Readonly<Record<string, string>>>> = english.field;
    expect(Object.keys(kinds).sort()).toEqual([...placeKinds].sort());
    for (const [kind, { fields: all }] of Object.entries(destinationKinds)) {
      const named = all.map(({ name }) => name).filter((name) => name !== 'hostKey');
      expect([kind, Object.keys(fields[kind] ?? {}).sort()]).toEqual([kind, named.sort()]);
    }
  });
});

describe('charts', () => {
  const plot = { width: 100, height: 100, left: 0, right: 0, top: 0, bottom: 0 };
  const points = [
    { time: '2026-01-01T00:00:00Z', value: 0 },
    { time: '2026-01-02T00:00:00Z', value: 5 },
    { time: '2026-01-03T00:00:00Z', value: 10 },
  ];
  const span = { from: Date.parse('2026-01-01'), to: Date.parse('2026-01-03'), top: 10 };

  it('go from left to right and from the bottom up', () => {
    expect(linePath(plot, span, points)).toBe('M0 100L50 50L100 0');
    expect(areaPath(plot, span, points)).toBe('M0 100L50 50L100 0L100 100L0 100Z');
    expect(areaPath(plot, span, [])).toBe('');
  });

  it('put one point alone at the right', () => {
    const [only] = points.slice(1, 2);
    expect(linePath(plot, { from: 1, to: 1, top: 10 }, [only!])).toBe('M100 50');
  });

  it.each([
    [0, 1],
    [3, 5],
    [10, 10],
    [1_234_567, 2_000_000],
    [0.07, 0.1],
  ])('have room for %d up to %d', (largest, top) => {
    expect(niceTop(largest)).toBeCloseTo(top);
  });
});

it('compares what versions held with what they took, at each point where both were measured', () => {
  expect(
    savingsOf([
      { time: '2025-12-31T12:00:00Z', packedBytes: 40 },
      { time: '2026-01-01T12:00:00Z', packedBytes: 50, heldBytes: 100 },
      { time: '2026-01-02T12:00:00Z', packedBytes: 60, heldBytes: 300 },
      { time: '2026-01-03T12:00:00Z', packedBytes: 0, heldBytes: 0 },
    ]),
  ).toEqual([
    { time: '2026-01-01T12:00:00Z', heldBytes: 100, times: 2 },
    { time: '2026-01-02T12:00:00Z', heldBytes: 300, times: 5 },
  ]);
});
