/** The answer of a handler, as its method's kind of answer is sent: JSON, bytes as they come, or 204. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { isJsonAnswer, type Method, type SentStream } from '../../control/contract-types.ts';

export interface AnswerOptions {
  /** Answers are checked by their schemas: in tests and in development; one that does not fit is a 500. */
  readonly checkAnswers: boolean;
  /** Told of bytes that broke off in the middle, when no status can be sent any more. */
  readonly report: (error: unknown, request: string) => void;
}

export function sendAnswer(
  { answer, verb, path }: Method,
  given: unknown,
  reply: FastifyReply,
  { checkAnswers, report }: AnswerOptions,
): FastifyReply {
  if (isJsonAnswer(answer)) {
    if (checkAnswers) answer.parse(given);
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(given));
  }
  if (answer.kind === 'nothing') return reply.code(204).send();
  const { mediaType, fileName, sizeBytes, body } = streamOf(given);
  if (checkAnswers && !answer.mediaTypes.includes(mediaType)) {
    throw new TypeError(`${verb} ${path} answers ${mediaType}, which its contract does not tell.`);
  }
  if (fileName !== undefined) {
    reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeFileName(fileName)}`);
  }
  if (sizeBytes !== undefined) reply.header('content-length', sizeBytes);
  // Text of a log, or bytes of a repository's file, are never a page of ours, whatever is in them.
  reply.header('content-security-policy', "sandbox; default-src 'none'").type(mediaType);
  const stream = body instanceof Readable ? body : Readable.from(body, { objectMode: false });
  stream.once('error', (error) => {
    if (!reply.raw.destroyed) report(error, `${verb} ${path}`);
  });
  return reply.send(stream);
}

/** Handlers are typed to give it. */
function streamOf(given: unknown): SentStream {
  return given as SentStream;
}

/** RFC 8187: what a header may hold of a name. */
function encodeFileName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
