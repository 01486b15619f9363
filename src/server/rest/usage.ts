/** What the repositories of the data plane take of the disk: counted once each, and kept up with what comes and goes. */
import type { Backend } from '../../backend/backend.ts';
import { isHoldfastError } from '../../base/errors.ts';
import { allTypes } from './names.ts';

export class Usage {
  readonly #bytes = new Map<string, Promise<number>>();

  /** Bytes of all files of a scope's repository. */
  of(scopeId: string, backend: Backend, signal: AbortSignal): Promise<number> {
    const known = this.#bytes.get(scopeId) ?? count(backend, signal);
    this.#bytes.set(scopeId, known);
    known.catch(() => this.#bytes.delete(scopeId));
    return known;
  }

  changed(scopeId: string, bytes: number): void {
    const known = this.#bytes.get(scopeId);
    if (known !== undefined)
      this.#bytes.set(
        scopeId,
        known.then((before) => Math.max(0, before + bytes)),
      );
  }
}

async function count(backend: Backend, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for (const type of allTypes) {
    try {
      if (type === 'config') bytes += (await backend.stat({ type, name: 'config' }, signal)).sizeBytes;
      else for await (const { sizeBytes } of backend.list(type, signal)) bytes += sizeBytes;
    } catch (error) {
      // Not made yet.
      if (!isHoldfastError(error, 'not-found', 'no-repository')) throw error;
    }
  }
  return bytes;
}
