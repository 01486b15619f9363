import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const module = join(import.meta.dirname, '../../../src/platform/native-memory.ts');

/** In a process of its own: options of malloc stay set. Prints the resident MB that a freed heap of small blocks leaves. */
const script = `
  import { readFileSync } from 'node:fs';
  import { keepNativeMemorySmall, releaseMemory } from ${JSON.stringify(module)};
  const residentMb = () => Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1000;
  keepNativeMemorySmall();
  const before = residentMb();
  let kept = [];
  for (let n = 0; n < 400; n++) kept.push(new ArrayBuffer(256 * 1024, { maxByteLength: 256 * 1024 }), Buffer.alloc(300_000, 1));
  const full = residentMb();
  kept = [];
  releaseMemory();
  await new Promise((resolve) => setTimeout(resolve, 1200));
  console.log(JSON.stringify({ before, full, after: residentMb() }));
`;

describe('releaseMemory', () => {
  it.skipIf(process.platform !== 'linux')('gives back what nobody holds', () => {
    const output = execFileSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
      {
        encoding: 'utf8',
      },
    );
    const { before, full, after } = JSON.parse(output);
    expect(full - before).toBeGreaterThan(100);
    expect(after - before).toBeLessThan(30);
  });
});
