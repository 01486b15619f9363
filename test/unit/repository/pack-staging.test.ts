import { describe, expect, it } from 'vitest';
import { loadKernels } from '../../../src/kernels/kernels.ts';
import { open } from '../../../src/repository/crypto.ts';
import { newMasterKey } from '../../../src/repository/keys.ts';
import { PackStaging, sealOverhead } from '../../../src/repository/pack-staging.ts';
import { seededRandom } from '../../support/random.ts';
import { codeOf } from './test-repository.ts';

const kib = 1024;
const maxBlobBytes = 1024 * kib;
const outBytes = 256 * kib;

function stage() {
  const kernels = loadKernels({ memoryBytes: 8 * 1024 * kib });
  const window = kernels.alloc(maxBlobBytes, 4096);
  const placed: { tag: number; offset: number; length: number }[] = [];
  const key = newMasterKey();
  const staging = new PackStaging({
    kernels,
    key,
    maxBlobBytes,
    outBytes,
    sink: { placed: (tag, offset, length) => placed.push({ tag, offset, length }) },
  });
  const drain = (keep = 0): Buffer => {
    const bytes = Buffer.from(kernels.u8.slice(staging.outStart, staging.outStart + staging.outUsed - keep));
    staging.consumeOut(bytes.length);
    return bytes;
  };
  const addFrom = (tag: number, plain: Uint8Array): void => {
    kernels.u8.set(plain, window);
    staging.addFrom(tag, window, plain.length);
  };
  const addSlot = (tag: number, plain: Uint8Array): void => {
    kernels.u8.set(plain, staging.slot);
    staging.addSlot(tag, plain.length);
  };
  return { kernels, window, staging, placed, key, drain, addFrom, addSlot };
}

describe('sealed blobs', () => {
  it.each([
    ['from slots', 'addSlot'],
    ['from elsewhere', 'addFrom'],
  ] as const)('open with the key, lie back to back in order, and are announced: %s', (_, add) => {
    const made = stage();
    const random = seededRandom(add);
    const plain = [1, 16, 100, 128 * kib, 128 * kib - 16, 128 * kib + 1, 5, 300 * kib, 2].map((size) =>
      random.bytes(size),
    );
    const parts: Buffer[] = [];
    for (const [tag, bytes] of plain.entries()) {
      made[add](tag, bytes);
      parts.push(made.drain(tag % 2 === 0 ? 0 : Math.min(13, made.staging.outUsed)));
    }
    made.staging.seal();
    parts.push(made.drain());
    const pack = Buffer.concat(parts);
    let offset = 0;
    for (const [tag, bytes] of plain.entries()) {
      expect(made.placed[tag]).toEqual({ tag, offset, length: bytes.length + sealOverhead });
      const sealed = pack.subarray(offset, offset + bytes.length + sealOverhead);
      expect(Buffer.from(open(made.key, sealed)).equals(bytes)).toBe(true);
      offset += sealed.length;
    }
    expect(pack.length).toBe(offset);
    expect(made.staging.packBytes).toBe(offset);
  });

  it('leaves the plain text of the caller as it was', () => {
    const made = stage();
    const plain = seededRandom('caller').bytes(200 * kib);
    made.addFrom(0, plain);
    expect(Buffer.from(made.kernels.u8.slice(made.window, made.window + plain.length)).equals(plain)).toBe(true);
  });

  it('there is always room for the largest blob', () => {
    const made = stage();
    for (const [tag, size] of [127, 127, 1024, 100, 20, 127, 1024].entries()) {
      made.addSlot(tag, Buffer.alloc(size * kib));
      expect(made.staging.slotRoom).toBeGreaterThanOrEqual(maxBlobBytes);
      made.drain();
    }
  });

  it('a group is sealed at 256 blobs, and counts towards the pack before it is', () => {
    const made = stage();
    for (let blob = 0; blob < 255; blob++) made.addSlot(blob, Buffer.of(blob));
    expect(made.placed).toEqual([]);
    expect(made.staging.packBytes).toBe(255 * (1 + sealOverhead));
    made.addSlot(255, Buffer.of(255));
    expect(made.placed).toHaveLength(256);
    expect(made.staging.packBytes).toBe(256 * (1 + sealOverhead));
  });
});

describe('its limits', () => {
  it('output that is not consumed is an error, never an overrun', async () => {
    const made = stage();
    const fill = (): void => {
      for (let blob = 0; blob < 10; blob++) made.addFrom(blob, Buffer.alloc(maxBlobBytes));
    };
    expect(await codeOf(fill)).toBe('internal');
  });

  it('a next pack is refused while anything of the last one waits', async () => {
    const made = stage();
    made.addSlot(0, Buffer.of(1));
    expect(await codeOf(() => made.staging.startPack())).toBe('internal');
    made.staging.seal();
    expect(await codeOf(() => made.staging.startPack())).toBe('internal');
    made.drain();
    expect(await codeOf(() => made.staging.startPack())).toBe('no error');
    expect(made.staging.packBytes).toBe(0);
  });
});
