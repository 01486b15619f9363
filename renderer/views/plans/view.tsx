import { useTranslation } from 'react-i18next';
import { Page } from '../../components/page.tsx';

export function View() {
  const { t } = useTranslation('plans');
  return <Page title={t('title')}>{null}</Page>;
}
