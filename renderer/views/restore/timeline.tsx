import { Button, Paper, Stack } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../components/use-format.ts';
import { VirtualTable } from '../../components/virtual-table.tsx';
import { backupsByDay, dayOf, type SnapshotView } from './backups-of.ts';
import classes from './files.module.css';
import { MonthCalendar } from './month-calendar.tsx';
import { monthOf } from './month-days.ts';
import { useOwnerWords } from './use-owner-words.ts';

interface TimelineProps {
  readonly backups: readonly SnapshotView[];
  readonly selected: SnapshotView;
  /** Of several plans: each says whose it is. */
  readonly mixed: boolean;
  readonly onSelect: (backup: SnapshotView) => void;
}

/** Backups over time: a calendar, and a list of all of them, or of a day. */
export function Timeline({ backups, selected, mixed, onSelect }: TimelineProps) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const ownerOf = useOwnerWords();
  const [day, setDay] = useState<string>();
  const [month, setMonth] = useState(monthOf(dayOf(selected.time)));
  useEffect(() => setMonth(monthOf(dayOf(selected.time))), [selected.time]);
  const counts = useMemo(() => backupsByDay(backups), [backups]);
  const shown = day === undefined ? backups : backups.filter(({ time }) => dayOf(time) === day);
  const time = new Intl.DateTimeFormat(
    format.language,
    day === undefined
      ? { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...yearWhereOld(backups) }
      : { timeStyle: 'medium' },
  );
  return (
    <Stack gap="sm">
      <Paper>
        <MonthCalendar
          month={month}
          onMonth={setMonth}
          counts={counts}
          selected={dayOf(selected.time)}
          onSelect={(chosen) => {
            setDay(chosen);
            const newest = backups.find((backup) => dayOf(backup.time) === chosen);
            if (newest !== undefined) onSelect(newest);
          }}
        />
      </Paper>
      {day !== undefined && (
        <Button size="xs" variant="subtle" onClick={() => setDay(undefined)}>
          {t('timeline.all', { count: backups.length, backups: format.count(backups.length) })}
        </Button>
      )}
      <VirtualTable
        label={t('timeline.label')}
        columns={[
          {
            key: 'time',
            title: t('timeline.count', { count: shown.length, backups: format.count(shown.length) }),
            width: 'minmax(0, 1fr)',
            cell: (backup) => (
              <span className={classes.lines}>
                <time dateTime={backup.time}>{time.format(new Date(backup.time))}</time>
                {mixed && <span className={classes.folder}>{ownerOf(backup)}</span>}
              </span>
            ),
          },
          {
            key: 'added',
            title: <span title={t('timeline.addedText')}>{t('timeline.added')}</span>,
            width: '72px',
            align: 'end',
            cell: ({ bytesAdded }) => (bytesAdded === undefined ? null : format.bytes(bytesAdded)),
          },
        ]}
        count={shown.length}
        row={(index) => shown[index]}
        rowKey={(index) => shown[index]?.id ?? index}
        isSelected={({ id }) => id === selected.id}
        onOpen={onSelect}
        rowHeight={mixed ? 48 : 36}
        height={288}
      />
    </Stack>
  );
}

/** The year is left out while all are of this one. */
function yearWhereOld(backups: readonly { readonly time: string }[]): Intl.DateTimeFormatOptions {
  const thisYear = new Date().getFullYear();
  return backups.every(({ time }) => new Date(time).getFullYear() === thisYear) ? {} : { year: '2-digit' };
}
