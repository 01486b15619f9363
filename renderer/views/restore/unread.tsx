import { Alert, Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CloudOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { agentQuery, type CallAnswer } from '../../data/agent-call.ts';
import { useSentence } from '../../i18n/use-sentence.ts';

interface UnreadProps {
  readonly repositories: CallAnswer<'snapshots', 'list'>['unread'];
}

/** Which repositories could not be read, so that nobody takes what is only there for lost. */
export function Unread({ repositories }: UnreadProps) {
  const { t } = useTranslation('restore');
  const sentence = useSentence();
  const { data = [] } = useQuery(agentQuery('repositories', 'list'));
  const nameOf = (id: string) => data.find(({ repository }) => repository.id === id)?.repository.name ?? id;
  return repositories.map(({ repositoryId, error }) => (
    <Alert
      key={repositoryId}
      color="orange"
      icon={<CloudOff aria-hidden />}
      title={t('unread.title', { name: nameOf(repositoryId) })}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {t('unread.text')} {sentence(error.message)}
        </Text>
        <Button size="xs" component={Link} href={`/repositories/${repositoryId}`}>
          {t('unread.open')}
        </Button>
      </Stack>
    </Alert>
  ));
}
