import { useTranslation } from 'react-i18next';
import { useFormat } from './use-format.ts';
import { useNow } from './use-now.ts';

/** "4 minutes ago" or "in 2 hours", which goes on by itself; the exact time on hover. */
export function RelativeTime({ time }: { /** ISO */ readonly time: string }) {
  const nowMs = useNow();
  const format = useFormat();
  const { t } = useTranslation();
  const seconds = (Date.parse(time) - nowMs) / 1000;
  // The clock here ticks, and may be a little late.
  const words =
    seconds > 30 && seconds < 60 ? t('now.future') : Math.abs(seconds) < 60 ? t('now.past') : format.relative(seconds);
  return (
    <time dateTime={time} title={format.time(time)}>
      {words}
    </time>
  );
}
