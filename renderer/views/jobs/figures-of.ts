/** The numbers in what came of a job, whatever its kind: "files-new", "dataAdded". Pure. */

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'count' | 'bytes';
}

export function figuresOf(result: Readonly<Record<string, unknown>>): Figure[] {
  return Object.entries(result).flatMap(([name, value]) => {
    if (typeof value === 'number') return [figure(name, value)];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([inner, number]) =>
      typeof number === 'number' ? [figure(`${name}-${inner}`, number)] : [],
    );
  });
}

function figure(name: string, value: number): Figure {
  return { name, value, unit: /bytes|^dataAdded/i.test(name) ? 'bytes' : 'count' };
}
