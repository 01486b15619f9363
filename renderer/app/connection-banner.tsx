import { CloudOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useConnection } from '../data/connection.ts';
import classes from './connection-banner.module.css';

/** Says that the agent cannot be reached and when it is tried again; nothing while all is well. */
export function ConnectionBanner() {
  const connection = useConnection();
  const [wasLost, setWasLost] = useState(false);
  useEffect(() => {
    if (connection.state === 'waiting') setWasLost(true);
    if (connection.state === 'open') setWasLost(false);
  }, [connection.state]);
  const { t } = useTranslation();
  const isLost = connection.state === 'waiting' || (connection.state === 'connecting' && wasLost);
  return (
    <div role="status" aria-live="polite" className={classes.place}>
      {isLost && (
        <div className={classes.banner}>
          <CloudOff size={18} aria-hidden />
          <span>
            {t('connection.lost')}{' '}
            {connection.state === 'waiting' ? <Countdown until={connection.retryAt} /> : t('connection.retrying')}
          </span>
        </div>
      )}
    </div>
  );
}

function Countdown({ until }: { /** Milliseconds since 1970. */ readonly until: number }) {
  const { t } = useTranslation();
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((until - nowMs) / 1000));
  return <span aria-hidden>{seconds === 0 ? t('connection.retrying') : t('connection.retry', { seconds })}</span>;
}
