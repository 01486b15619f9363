/** Whether a dialect can do what an order asks for. Pure. */
import { HoldfastError } from '../../base/errors.ts';
import type { RemoteConfig, RemoteOrder } from '../../config/remote.ts';
import type { Capabilities, CreateRemoteBackup } from '../../remote/remote.ts';

/** @throws `unsupported` for what the dialect does not take, `invalid-input` for what it cannot do without */
export function checkedOrder(
  order: RemoteOrder,
  { name, dialect }: Pick<RemoteConfig, 'name' | 'dialect'>,
  { createFields, createNeeds }: Capabilities,
): CreateRemoteBackup {
  const given = Object.entries(order).filter(([, value]) => value !== undefined);
  const fields = new Set<string>(createFields);
  const refused = given.map(([field]) => field).filter((field) => !fields.has(field));
  if (refused.length > 0) {
    throw new HoldfastError(
      'unsupported',
      `"${name}" is of the kind "${dialect}", which takes no ${refused.join(', ')}.`,
      {
        hint: fields.size === 0 ? 'Leave it out.' : `It takes: ${[...fields].join(', ')}.`,
        context: { dialect },
      },
    );
  }
  const missing = [...createNeeds].filter((field) => !given.some(([one]) => one === field));
  if (missing.length > 0) {
    throw new HoldfastError(
      'invalid-input',
      `"${name}" is of the kind "${dialect}", which needs ${missing.join(', ')}.`,
      {
        fields: missing.map((field) => ({ path: `order.${field}`, message: 'is needed' })),
      },
    );
  }
  // What is undefined is left out: absent and undefined are two things to a client.
  return Object.fromEntries(given);
}
