import { ActionIcon } from '@mantine/core';
import { ArrowUp, ChevronRight, HardDrive } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { PathText } from '../../components/path-text.tsx';
import classes from './files.module.css';
import { parentOf, stepsOf } from './snapshot-paths.ts';

/** Where one is, each step a way back. */
export function Breadcrumbs({ path, onPath }: { readonly path: string; readonly onPath: (path: string) => void }) {
  const { t } = useTranslation('restore');
  const steps = stepsOf(path);
  return (
    <nav className={classes.where} aria-label={t('files.path')}>
      <ActionIcon
        variant="default"
        aria-label={t('files.up')}
        disabled={path === '/'}
        onClick={() => onPath(parentOf(path))}
      >
        <ArrowUp size={16} aria-hidden />
      </ActionIcon>
      <ol className={classes.steps}>
        <li>
          <button type="button" aria-label={t('files.top')} onClick={() => onPath('/')}>
            <HardDrive size={16} aria-hidden />
          </button>
        </li>
        {steps.map((step, at) => (
          <li key={step.path}>
            <ChevronRight size={14} aria-hidden />
            <button
              type="button"
              aria-current={at === steps.length - 1 ? 'location' : undefined}
              onClick={() => onPath(step.path)}
            >
              <PathText path={step.name} />
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
