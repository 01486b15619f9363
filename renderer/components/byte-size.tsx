import { useFormat } from './use-format.ts';

/** A size in the units that people read; the exact number on hover. */
export function ByteSize({ bytes }: { readonly bytes: number }) {
  const format = useFormat();
  return <span title={`${format.count(bytes)} B`}>{format.bytes(bytes)}</span>;
}
