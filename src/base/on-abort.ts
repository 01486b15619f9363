/**
 * Hears of an abort, until disposed of. A listener that stays keeps all that it refers to for as long as the signal lives, and a
 * signal of `AbortSignal.any` lives as long as it has listeners: in a process that runs for months every run would be kept.
 */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) listener();
  signal.addEventListener('abort', listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) };
}
