/** Errors with the names, statuses and sentences that Pterodactyl has for them. */
import { HoldfastError } from '../../../base/errors.ts';

/** The status and name ride in the context, so that one handler answers all. */
function panelError(
  status: number,
  code: string,
  detail: string,
  options: { readonly fields?: HoldfastError['fields']; readonly rules?: string } = {},
): HoldfastError {
  const { fields = [], rules } = options;
  return new HoldfastError('invalid-input', detail, {
    fields,
    context: { panelStatus: status, panelCode: code, ...(rules === undefined ? {} : { rules }) },
  });
}

export const forbidden = () => panelError(403, 'AccessDeniedHttpException', 'This action is unauthorized.');
export const notFound = () =>
  panelError(404, 'NotFoundHttpException', 'The requested resource could not be found on the server.');
export const badRequest = (detail: string) => panelError(400, 'BadRequestHttpException', detail);
export const locked = () =>
  panelError(400, 'BackupLockedException', 'Cannot delete a backup that is marked as locked.');
export const tooMany = (limit: number) =>
  panelError(
    400,
    'TooManyBackupsException',
    `Cannot create a new backup, this server has reached its limit of ${limit} backups.`,
  );
export const busy = () =>
  panelError(
    409,
    'ServerStateConflictException',
    'This server is currently restoring from a backup, please try again later.',
  );

/** What is wrong with one field of a body. */
export interface FieldFault {
  readonly field: string;
  /** Of Laravel: required, string, max, boolean. */
  readonly rule: string;
  readonly detail: string;
}

/** At least one. */
export function invalidFields(faults: readonly FieldFault[]): HoldfastError {
  return panelError(422, 'ValidationException', faults[0]?.detail ?? 'The given data was invalid.', {
    fields: faults.map(({ field, detail }) => ({ path: field, message: detail })),
    rules: faults.map(({ rule }) => rule).join(','),
  });
}
