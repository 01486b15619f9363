/** `settings`: of the agent, and the secrets and tests of how it tells. */
import type { contract } from '../../../control/contract.ts';
import type { AgentParts } from '../../agent-parts.ts';
import type { HandlersOf } from '../mount.ts';

export function settingsHandlers({ store, telling, options }: AgentParts): HandlersOf<typeof contract>['settings'] {
  const { secrets } = options;
  return {
    get: () => store.config.settings,
    update: ({ body }) =>
      store.update((draft) => {
        draft.settings = body;
        return body;
      }),
    setSecret: async ({ params, body }, { signal }) => {
      await secrets.storeSecret(params.name, body.value, signal);
    },
    removeSecret: ({ params }, { signal }) => secrets.removeSecret(params.name, signal),
    testTelling: ({ params }, { signal }) => telling.test(params.id, signal),
  };
}
