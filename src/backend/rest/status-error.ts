/**
 * What an HTTP status of a REST server means, in words.
 *
 * A web page instead of an answer means that the address is wrong, whatever its status: no password is blamed for it, unless the status
 * is 401 (a proxy may ask for the password with a page of its own).
 */
import { type ErrorCode, HoldfastError, type Retry } from '../../base/errors.ts';
import type { Answer } from '../http/answer.ts';

/** Of an answer that is none of those hoped for. */
export interface Refusal {
  /** "read data/0a…" */
  readonly doing: string;
  /** Of the repository, without secrets. */
  readonly location: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly says: string;
  readonly hint: string;
  readonly retry?: Retry;
}

/** Reads what is left of the answer: the first line of it is part of the message. */
export async function statusError(answer: Answer, { doing, location }: Refusal): Promise<HoldfastError> {
  const { status } = answer;
  const isPage = answer.isPage;
  const said = isPage ? '' : firstLine(await answer.shortText());
  const { code, says, hint, retry } = meaningOf(answer, isPage);
  const seconds = Number(answer.header('retry-after'));
  return new HoldfastError(code, `Cannot ${doing} at ${location}: ${says}${said === '' ? '' : ` ("${said}")`}.`, {
    retry: retry ?? 'never',
    hint,
    context: { status, ...(Number.isSafeInteger(seconds) && seconds > 0 ? { retryAfterSeconds: seconds } : {}) },
  });
}

/** What is no answer of a REST server, though its status is one of success. */
export function noRestServer({ doing, location }: Refusal, why: string): HoldfastError {
  return new HoldfastError('no-repository', `Cannot ${doing} at ${location}: no restic REST server is there, ${why}.`, {
    hint: 'Check the address, its path above all (or log in first, if this network asks for it).',
  });
}

function meaningOf(answer: Answer, isPage: boolean): Meaning {
  const { status } = answer;
  if (status >= 300 && status < 400) {
    const to = answer.header('location');
    return {
      code: 'no-repository',
      says: `it has moved${to === undefined ? '' : ` to ${withoutSecrets(to, answer.url)}`}`,
      hint: 'Use the new address: redirects are not followed, so that the password goes where you sent it.',
    };
  }
  if (status === 401) {
    return {
      code: 'unauthenticated',
      says: 'it does not accept the user and password',
      hint: 'Check the user and password of the server (those of the repository are others).',
    };
  }
  if (status === 413 && isPage) {
    return {
      code: 'no-space',
      says: 'something before it refuses uploads of this size',
      hint: 'Raise the limit of the web server before it (client_max_body_size of nginx).',
    };
  }
  if (isPage && status < 500 && status !== 403 && status !== 429) {
    return {
      code: 'no-repository',
      says: `a web page is there instead of a restic REST server (status ${status})`,
      hint: 'Check the address, its path above all.',
    };
  }
  return plainMeanings[status] ?? (status >= 500 ? serverFault(status) : unexpected(status));
}

const overQuota: Meaning = {
  code: 'no-space',
  says: 'there is no space left, or the quota is used up',
  hint: 'Free space there or raise the quota, then run it again.',
};

const plainMeanings: Readonly<Record<number, Meaning>> = {
  400: {
    code: 'io',
    says: 'it does not accept the request',
    hint: 'Try again; the log of the server may say more.',
    retry: 'backoff',
  },
  403: {
    code: 'permission',
    says: 'this user may not',
    hint: 'Check what the user may do there, and that the path is the one of this user.',
  },
  404: { code: 'not-found', says: 'it does not exist', hint: 'Check the address.' },
  405: {
    code: 'no-repository',
    says: 'no restic REST server is there (the method is not allowed)',
    hint: 'Check the address, its path above all.',
  },
  408: { code: 'timeout', says: 'the request took too long', hint: 'Check the network.', retry: 'backoff' },
  413: overQuota,
  429: { code: 'too-many-requests', says: 'it is asked too often', hint: 'Try again later.', retry: 'backoff' },
  507: overQuota,
};

function serverFault(status: number): Meaning {
  return {
    code: 'io',
    says: `the server has a problem (status ${status})`,
    hint: 'Try again later; the log of the server may say more.',
    retry: 'backoff',
  };
}

function unexpected(status: number): Meaning {
  return { code: 'io', says: `an answer that was not expected (status ${status})`, hint: 'Check the address.' };
}

function firstLine(text: string): string {
  const line = text.trim().split(/[\r\n]/, 1)[0] ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what would play tricks in a terminal
  return line.replace(/[\x00-\x1f\x7f-\x9f"]/g, ' ').slice(0, 200);
}

function withoutSecrets(to: string, base: URL): string {
  const url = URL.parse(to, base.href);
  return url === null ? 'an address that is none' : `${url.origin}${url.pathname}`;
}
