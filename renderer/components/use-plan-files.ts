/** Plans as a file: to keep, or to take to another computer. */
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { CallInput } from '../data/agent-call.ts';
import { client } from '../data/client.ts';
import { saveText } from './save-text.ts';

/** @param importedWords says how many plans were read in */
export function usePlanFiles(importedWords: (count: number) => string) {
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      const plans = await client.plans.export({ signal: new AbortController().signal });
      saveText(`${JSON.stringify(plans, undefined, 2)}\n`, 'holdfast-plans.json', 'application/json');
    },
  });
  const load = useMutation({
    mutationFn: async (file: File) => {
      // The agent looks at what is in it.
      const body = JSON.parse(await file.text()) as CallInput<'plans', 'import'>['body'];
      return client.plans.import({ body, signal: new AbortController().signal });
    },
    onSuccess: (plans) => {
      notifications.show({ message: importedWords(plans.length), color: 'tide' });
      return queryClient.invalidateQueries();
    },
  });
  return { save, load, error: save.error ?? load.error };
}
