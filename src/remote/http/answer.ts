/**
 * Answers of a remote backup API, and what is said of those that are not what was asked for.
 *
 * Guarantees: an error names the request (method and path, never its query), the status and the beginning of what came, without any
 * credential that was used.
 */
import type { z } from 'zod';
import { type ErrorCode, HoldfastError, messageOf, type Retry } from '../../base/errors.ts';
import { firstJson } from './first-json.ts';
import type { Redactor } from './redactor.ts';

/** What was asked, and what came. */
export interface TextAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The whole body; empty where there is none. */
  readonly text: string;
  readonly asked: Asked;
}

export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly host: string;
  /** Set when the answer came from another address, to which no credential is sent. */
  readonly redirectedTo?: string;
}

/** An error answer as a dialect reads it. Nothing in it holds a credential: it may be quoted. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: TextAnswer['headers'];
  /** Parsed JSON (the first of several objects), else the text. */
  readonly body: unknown;
  readonly text: string;
}

/** The body as JSON, by the schema. An empty body is `undefined` to the schema. @throws HoldfastError `unsupported` */
export function parseAnswer<T>(
  answer: TextAnswer,
  schema: z.ZodType<T>,
  options: { readonly redactor: Redactor; readonly firstJsonOnly?: boolean },
): T {
  const { redactor, firstJsonOnly = false } = options;
  const text = answer.text.trim();
  if (text === '') {
    const nothing = schema.safeParse(undefined);
    if (nothing.success) return nothing.data;
    throw surprise(answer, 'it is empty', redactor);
  }
  let json: unknown;
  try {
    json = JSON.parse(firstJsonOnly ? firstJson(text) : text);
  } catch {
    throw surprise(answer, 'it is no JSON', redactor);
  }
  const read = safely(() => schema.safeParse(json));
  if (read?.success === true) return read.data;
  const [issue] = read?.error.issues ?? [];
  const where = issue === undefined || issue.path.length === 0 ? '' : `"${issue.path.map(String).join('.')}": `;
  throw surprise(answer, `${where}${issue?.message ?? 'it cannot be read'}`, redactor);
}

/** An answer that its status or its body make useless. */
export function surprise(answer: TextAnswer, why: string, redactor: Redactor): HoldfastError {
  return new HoldfastError(
    'unsupported',
    `${opening(answer, redactor)} is not what was expected: ${redactor.line(why).slice(0, 300)}.${said(answer, redactor)}`,
    {
      hint: hintFor(answer),
      context: contextOf(answer, redactor),
    },
  );
}

/** For the dialect's hook: all texts without credentials. */
export function errorAnswer({ status, headers, text }: TextAnswer, redactor: Redactor): ErrorAnswer {
  const redacted = redactor.redact(text);
  let body: unknown = redacted;
  try {
    body = JSON.parse(firstJson(redacted.trim()));
  } catch {
    // Text it is.
  }
  return { status, headers, body, text: redacted };
}

/** An error answer of which the dialect says nothing. */
export function statusError(answer: TextAnswer, redactor: Redactor): HoldfastError {
  const { status, asked } = answer;
  const { code, says, hint, retry = 'never' } = kindOf(status);
  if (asked.redirectedTo !== undefined && (status === 401 || status === 403)) {
    return new HoldfastError(
      'unauthenticated',
      `${asked.host} leads on to ${asked.redirectedTo}, which wants a credential.`,
      {
        hint: `If you trust it, use ${asked.redirectedTo} as the address of the remote: no credential is sent to another address by itself.`,
        context: contextOf(answer, redactor),
      },
    );
  }
  return new HoldfastError(code, `${opening(answer, redactor)}: ${says}.${said(answer, redactor)}`, {
    retry,
    hint: isWebPage(answer) && code !== 'unauthenticated' ? hintFor(answer) : hint,
    context: contextOf(answer, redactor),
  });
}

interface Kind {
  readonly code: ErrorCode;
  readonly says: string;
  readonly hint: string;
  readonly retry?: Retry;
}

const invalid: Kind = {
  code: 'invalid-input',
  says: 'it does not take this request',
  hint: 'Check what was asked for, and the settings of the remote.',
};
const unsupported: Kind = {
  code: 'unsupported',
  says: 'it has no such operation',
  hint: 'Check the kind and the address of the remote.',
};
const kinds: Readonly<Record<number, Kind>> = {
  400: invalid,
  401: {
    code: 'unauthenticated',
    says: 'it does not accept the credential',
    hint: 'Check the credential of the remote: it may be wrong, revoked or expired.',
  },
  403: {
    code: 'permission',
    says: 'it does not accept the credential for this',
    hint: 'Check the credential of the remote, and what it may do there.',
  },
  404: { code: 'not-found', says: 'there is no such thing', hint: 'Check the address and the scope of the remote.' },
  405: unsupported,
  406: invalid,
  408: { code: 'timeout', says: 'it waited too long for the request', hint: 'Try again later.', retry: 'backoff' },
  409: { code: 'conflict', says: 'it is busy with something else', hint: 'Try again later.', retry: 'backoff' },
  413: { code: 'invalid-input', says: 'the request is too large for it', hint: 'Ask for less at once.' },
  422: invalid,
  423: { code: 'locked', says: 'it is locked', hint: 'Try again later.', retry: 'backoff' },
  429: {
    code: 'too-many-requests',
    says: 'it was asked too often',
    hint: 'Try again later, and less often.',
    retry: 'backoff',
  },
  501: unsupported,
  507: { code: 'no-space', says: 'it has no space left', hint: 'Free space there, or ask who runs it.' },
};
const failed: Kind = {
  code: 'io',
  says: 'it failed',
  hint: 'Try again later; if it stays, ask who runs the server.',
  retry: 'backoff',
};

function kindOf(status: number): Kind {
  const known = kinds[status];
  if (known !== undefined) return known;
  if (status >= 500)
    return [502, 503, 504].includes(status) ? { ...failed, code: 'network', says: 'it is not available' } : failed;
  return { ...unsupported, says: 'that is no answer of such an API' };
}

function opening({ status, asked }: TextAnswer, redactor: Redactor): string {
  return `The answer of ${asked.redirectedTo ?? asked.host} to ${asked.method} ${redactor.line(asked.path)} (status ${status})`;
}

function said({ text }: TextAnswer, redactor: Redactor): string {
  return text.trim() === '' ? '' : ` It says: ${redactor.quote(text.trim())}`;
}

function hintFor(answer: TextAnswer): string {
  if (isWebPage(answer)) return 'This looks like a web page, not like an API: check the base URL of the remote.';
  return 'Check the kind and the base URL of the remote; a proxy on the way may answer in its place.';
}

function isWebPage({ headers, text }: TextAnswer): boolean {
  return (
    String(headers['content-type'] ?? '').includes('text/html') || /^\s*<(!doctype html|html|head|body)\b/i.test(text)
  );
}

function contextOf({ status, asked }: TextAnswer, redactor: Redactor): HoldfastError['context'] {
  return { status, method: asked.method, path: redactor.redact(asked.path), host: asked.host };
}

/** A schema of thousands of levels may not stand what it is given. */
function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw new HoldfastError('internal', `An answer could not be checked: ${messageOf(error)}`);
  }
}
