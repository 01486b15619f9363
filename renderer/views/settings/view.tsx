import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Page } from '../../components/page.tsx';
import { About } from './about.tsx';
import { Appearance } from './appearance.tsx';
import { Desktop } from './desktop.tsx';
import { Mail } from './mail.tsx';
import { Pings } from './pings.tsx';
import { PlanFiles } from './plan-files.tsx';
import { Speed } from './speed.tsx';
import { useSettings } from './use-settings.ts';
import { Webhooks } from './webhooks.tsx';

export function View() {
  const { t } = useTranslation('settings');
  const { data: settings, error } = useSettings();
  return (
    <Page title={t('title')}>
      {error !== null && <ErrorAlert error={error} />}
      {settings === undefined ? (
        error === null && <Skeleton height={320} radius="lg" />
      ) : (
        <>
          <Appearance settings={settings} />
          <Desktop />
          <Mail settings={settings} />
          <Webhooks settings={settings} />
          <Pings settings={settings} />
          <Speed settings={settings} />
          <PlanFiles />
          <About />
        </>
      )}
    </Page>
  );
}
