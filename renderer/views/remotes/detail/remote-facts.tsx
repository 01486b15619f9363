import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Fact, Facts } from '../../../components/facts.tsx';
import { PathText } from '../../../components/path-text.tsx';
import { RelativeTime } from '../../../components/relative-time.tsx';
import { Section } from '../../../components/section.tsx';
import { useFormat } from '../../../components/use-format.ts';
import { useTriggerWords } from '../../../components/use-trigger-words.ts';
import { agentQuery } from '../../../data/agent-call.ts';
import { useSentence } from '../../../i18n/use-sentence.ts';
import { RemoteBadge } from '../remote-badge.tsx';
import type { RemoteView } from '../remote-view.ts';

export function RemoteFacts({ view }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  const format = useFormat();
  const words = useTriggerWords();
  const sentence = useSentence();
  const { data: repositories = [] } = useQuery(agentQuery('repositories', 'list'));
  const { remote, counts, lastBackupAt, answeredAt, nextRunAt, waitingFor } = view;
  const { schedule, ingestInto } = remote;
  const into = repositories.find(({ repository }) => repository.id === ingestInto)?.repository.name ?? ingestInto;
  return (
    <Section title={t('facts.title')}>
      <Facts>
        <Fact label={t('facts.state')}>
          <RemoteBadge view={view} />
        </Fact>
        <Fact label={t('facts.kind')}>{t(`dialect.${remote.dialect}.title`)}</Fact>
        <Fact label={t('facts.address')}>
          <PathText path={remote.baseUrl} />
        </Fact>
        {remote.scope !== undefined && (
          <Fact label={t(`scope.${remote.dialect as 'panel'}`)}>
            <PathText path={remote.scope} />
          </Fact>
        )}
        <Fact label={t('facts.credential')}>{t(`credential.${view.credential}`)}</Fact>
        <Fact label={t('lastNews')}>
          {answeredAt === undefined ? t('neverAnswered') : <RelativeTime time={answeredAt} />}
        </Fact>
        <Fact label={t('lastBackup')}>
          {lastBackupAt === undefined ? t('facts.notYet') : <RelativeTime time={lastBackupAt} />}
        </Fact>
        {counts.failed > 0 && <Fact label={t('facts.failed')}>{format.count(counts.failed)}</Fact>}
        <Fact label={t('schedule.title')}>
          {schedule === undefined ? t('facts.noSchedule') : words(schedule.trigger)}
        </Fact>
        {nextRunAt !== undefined && (
          <Fact label={t('facts.nextRun')}>
            <RelativeTime time={nextRunAt} />
          </Fact>
        )}
        {waitingFor !== undefined && <Fact label={t('facts.waitingFor')}>{sentence(waitingFor)}</Fact>}
        {into !== undefined && <Fact label={t('ingestInto.label')}>{into}</Fact>}
      </Facts>
    </Section>
  );
}
