/** Runs something and gives what it wrote to the standard streams. */
import { vi } from 'vitest';

export interface Captured<T> {
  readonly result: T;
  readonly stdout: string;
  readonly stderr: string;
}

export async function capture<T>(work: () => T | Promise<T>): Promise<Captured<T>> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk: string | Uint8Array) => {
      written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    }),
  );
  try {
    const result = await work();
    return { result, ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Sets environment variables (undefined: removes them) until it is disposed. */
export function environment(values: Readonly<Record<string, string | undefined>>): Disposable {
  const before = new Map(Object.keys(values).map((name) => [name, process.env[name]]));
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const [name, value] of Object.entries(values)) set(name, value);
  return {
    [Symbol.dispose]() {
      for (const [name, value] of before) set(name, value);
    },
  };
}
