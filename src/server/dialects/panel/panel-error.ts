/** Errors with the names and statuses that Pterodactyl has for them. */
import { HoldfastError } from '../../../base/errors.ts';

/** The status and name ride in the context, so that one handler answers all. */
function panelError(
  status: number,
  code: string,
  detail: string,
  context: HoldfastError['context'] = {},
): HoldfastError {
  return new HoldfastError('invalid-input', detail, { context: { ...context, panelStatus: status, panelCode: code } });
}

export const forbidden = () => panelError(403, 'HttpForbiddenException', 'This action is unauthorized.');
export const notFound = () =>
  panelError(404, 'NotFoundHttpException', 'The requested resource could not be found on the server.');
export const badRequest = (detail: string) => panelError(400, 'BadRequestHttpException', detail);
export const busy = () =>
  panelError(
    409,
    'ServerStateConflictException',
    'This server is currently restoring from a backup. Please try again later.',
  );
export const invalidField = (field: string, rule: string, detail: string) =>
  panelError(422, 'ValidationException', detail, { field, rule });
