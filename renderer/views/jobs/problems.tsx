import { Button, Menu, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, CircleCheck, FilterX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { PathText, visiblePath } from '../../components/path-text.tsx';
import { useFormat } from '../../components/use-format.ts';
import { type Column, VirtualTable } from '../../components/virtual-table.tsx';
import { agentQuery, type CallAnswer, useAgentMutation } from '../../data/agent-call.ts';
import type { JobView } from '../../data/apply-jobs.ts';
import { usePages } from '../../data/use-pages.ts';
import { useSentence } from '../../i18n/use-sentence.ts';
import { folderOf, patternOf, withPattern } from './exclude-pattern.ts';
import { useFreshPages } from './job-log.tsx';
import classes from './jobs.module.css';

type Problem = CallAnswer<'jobs', 'problems'>['problems'][number];
type Plan = CallAnswer<'plans', 'get'>['plan'];

/** Files that a job could not read or write, each with its reason; of a backup, with a way to leave it out from now on. */
export function Problems({ job }: { readonly job: JobView }) {
  const { t } = useTranslation('jobs');
  const format = useFormat();
  const sentence = useSentence();
  useFreshPages(job, 'problems');
  const { total, row, onRange, error } = usePages({
    query: (page) => agentQuery('jobs', 'problems', { params: { id: job.id }, query: page }),
    rows: ({ problems }) => problems,
  });
  const { data: plans = [] } = useQuery({ ...agentQuery('plans', 'list'), enabled: job.kind === 'backup' });
  const plan = job.kind === 'backup' ? plans.find((one) => one.plan.id === job.planId)?.plan : undefined;
  const update = useAgentMutation('plans', 'update');
  if (error !== null) return <ErrorAlert error={error} />;
  if (total === 0) return <Text c="dimmed">{t('problems.none')}</Text>;
  const setExcluded = (of: Plan, pattern: string, excluded: boolean) =>
    update.mutate({
      params: { id: of.id },
      query: { revision: of.revision },
      body: withPattern(of, pattern, excluded),
    });
  const columns: Column<Problem>[] = [
    {
      key: 'path',
      title: t('problems.file'),
      width: 'minmax(0, 1fr)',
      cell: ({ path, message }) => (
        <span className={classes.what}>
          <PathText path={path} />
          <span className={classes.why} title={sentence(message)}>
            {sentence(message)}
          </span>
        </span>
      ),
    },
  ];
  if (plan !== undefined) {
    columns.push({
      key: 'exclude',
      title: t('exclude.column'),
      width: '190px',
      align: 'end',
      cell: ({ path }) => (
        <Exclude
          path={path}
          plan={plan}
          disabled={update.isPending}
          onExclude={(pattern, excluded) => setExcluded(plan, pattern, excluded)}
        />
      ),
    });
  }
  return (
    <>
      {update.error !== null && <ErrorAlert error={update.error} />}
      <VirtualTable
        label={t('problems.title', { count: total ?? 0, files: format.count(total ?? 0) })}
        columns={columns}
        count={total ?? 6}
        row={row}
        onRange={onRange}
        rowHeight={56}
        height={400}
      />
    </>
  );
}

interface ExcludeProps {
  readonly path: string;
  readonly plan: Plan;
  readonly disabled: boolean;
  readonly onExclude: (pattern: string, excluded: boolean) => void;
}

/** Leaves a file, or all of its folder, out of the plan; what was left out can be taken back. */
function Exclude({ path, plan, disabled, onExclude }: ExcludeProps) {
  const { t } = useTranslation('jobs');
  const folder = folderOf(path);
  const patterns = [path, folder].filter((one) => one !== undefined).map(patternOf);
  const excluded = patterns.find((pattern) => plan.excludes.patterns.includes(pattern));
  if (excluded !== undefined) {
    return (
      <Button
        size="xs"
        variant="light"
        disabled={disabled}
        leftSection={<CircleCheck size={14} aria-hidden />}
        aria-label={t('exclude.undoOf', { path: visiblePath(path) })}
        onClick={() => onExclude(excluded, false)}
      >
        {t('exclude.undo')}
      </Button>
    );
  }
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          size="xs"
          variant="default"
          disabled={disabled}
          leftSection={<FilterX size={14} aria-hidden />}
          rightSection={<ChevronDown size={14} aria-hidden />}
          aria-label={t('exclude.of', { path: visiblePath(path) })}
        >
          {t('exclude.action')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onExclude(patternOf(path), true)}>{t('exclude.this')}</Menu.Item>
        {folder !== undefined && !plan.sources.includes(folder) && (
          <Menu.Item onClick={() => onExclude(patternOf(folder), true)}>
            {t('exclude.folder')} <PathText path={folder} />
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
