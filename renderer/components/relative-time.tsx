import { useFormat } from './use-format.ts';
import { useNow } from './use-now.ts';

/** "4 minutes ago" or "in 2 hours", which goes on by itself; the exact time on hover. */
export function RelativeTime({ time }: { /** ISO */ readonly time: string }) {
  const nowMs = useNow();
  const format = useFormat();
  return (
    <time dateTime={time} title={format.time(time)}>
      {format.relative((Date.parse(time) - nowMs) / 1000)}
    </time>
  );
}
