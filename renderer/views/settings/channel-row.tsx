import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { SendTest } from './send-test.tsx';
import classes from './settings.module.css';

interface ChannelRowProps {
  readonly id: string;
  readonly url: string;
  /** What it is told. */
  readonly about: string;
  readonly onRemove: () => void;
}

/** A webhook or a ping that is there, with the buttons that try and remove it. */
export function ChannelRow({ id, url, about, onRemove }: ChannelRowProps) {
  const { t } = useTranslation('settings');
  return (
    <div className={classes.row}>
      <div className={classes.grow}>
        <Text fw={600}>{url}</Text>
        <Text size="sm" c="dimmed">
          {about}
        </Text>
      </div>
      <SendTest id={id} label={t('test.sendBy', { name: url })} />
      <Button size="xs" variant="subtle" color="red" aria-label={t('removeNamed', { name: url })} onClick={onRemove}>
        {t('remove')}
      </Button>
    </div>
  );
}
