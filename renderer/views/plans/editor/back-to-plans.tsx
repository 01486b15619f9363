import { Anchor } from '@mantine/core';
import { ArrowLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import classes from './editor.module.css';

export function BackToPlans() {
  const { t } = useTranslation('plans');
  return (
    <Anchor component={Link} href="/plans" size="sm" className={classes.back}>
      <ArrowLeft size={14} aria-hidden /> {t('back')}
    </Anchor>
  );
}
