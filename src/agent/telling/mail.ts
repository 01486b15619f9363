/** Mail, by SMTP (nodemailer). The socket is ours, so that cancelling ends it at once. */
import { connect, isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Mail } from '../../config/telling.ts';
import type { Channel, SecretLookup } from './channel.ts';
import type { TellingEvent } from './telling-event.ts';
import { missingSecret } from './webhook.ts';

const timeoutMs = 30_000;
const name = 'mail';

export function mailChannel(mail: Mail, secrets: SecretLookup, clock: Clock): Channel {
  return {
    id: 'mail',
    name,
    wants: ({ kind, repeated }) => repeated !== true && mail.events.includes(kind),
    send: async (event, signal) => {
      const auth = await authOf(mail, secrets, signal);
      const late = new AbortController();
      const done = new AbortController();
      clock.sleep(timeoutMs, done.signal).then(
        () => late.abort(),
        () => undefined,
      );
      try {
        await deliver(mail, auth, event, AbortSignal.any([signal, late.signal]));
      } catch (error) {
        signal.throwIfAborted();
        throw late.signal.aborted ? tooLate(mail) : failure(error, mail);
      } finally {
        done.abort();
      }
    },
  };
}

interface Auth {
  readonly user: string;
  readonly pass: string;
}

async function authOf({ user, passwordSecret }: Mail, secrets: SecretLookup, signal: AbortSignal) {
  if (user === undefined) return undefined;
  const pass = passwordSecret === undefined ? '' : await secrets(passwordSecret, signal);
  if (pass === undefined) throw missingSecret(name, passwordSecret ?? '');
  return { user, pass };
}

async function deliver(mail: Mail, auth: Auth | undefined, event: TellingEvent, signal: AbortSignal): Promise<void> {
  const { host, port, secure, from, to } = mail;
  const socket = connect({ host, port });
  const stop = () => socket.destroy(new Error('stopped'));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    const transport = createTransport({
      connection: socket,
      host,
      secure,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      requireTLS: !secure && auth !== undefined && !isLoopback(host),
      ...(auth === undefined ? {} : { auth }),
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    await transport.sendMail({
      from: { name: 'Holdfast', address: from },
      to: [...to],
      subject: event.title,
      text: textOf(event),
      date: new Date(event.at),
      messageId: `<${event.id}.${Date.parse(event.at)}@holdfast.invalid>`,
      headers: { 'auto-submitted': 'auto-generated' },
    });
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

function textOf({ title, message, at, jobId }: TellingEvent): string {
  const lines = [title, message ?? '', `Time: ${at}`, jobId === undefined ? '' : `Job: ${jobId}`];
  return `${lines.filter((line) => line !== '').join('\n\n')}\n`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function tooLate({ host }: Mail): HoldfastError {
  const message = `The mail server ${host} did not take the message within ${timeoutMs / 1000} s.`;
  return new HoldfastError('timeout', message, { retry: 'backoff' });
}

/** nodemailer's errors, by code and SMTP reply (RFC 5321, 4.2.1: 4xx may pass, 5xx will not). Their texts stay here. */
function failure(error: unknown, { host }: Mail): HoldfastError {
  const code = propertyOf(error, 'code');
  const reply = propertyOf(error, 'responseCode');
  const passes = typeof reply !== 'number' || reply < 500;
  if (code === 'EAUTH' || code === 'ENOAUTH') {
    return new HoldfastError('permission', `The mail server ${host} did not accept the user name and password.`, {
      hint: 'Enter them again in the settings.',
      retry: typeof reply === 'number' && reply < 500 ? 'backoff' : 'never',
    });
  }
  if (code === 'ETLS') {
    return new HoldfastError('network', `The mail server ${host} does not offer a safe connection (TLS).`, {
      hint: 'Check the port, and whether TLS is used from the start there.',
    });
  }
  const answered = typeof reply === 'number' ? ` (SMTP status ${reply})` : '';
  const message = `The mail server ${host} ${answered === '' ? 'cannot be reached' : `did not take the message${answered}`}.`;
  return new HoldfastError('network', message, {
    hint: 'Check its name and port, and the addresses of the message.',
    retry: passes ? 'backoff' : 'never',
    ...(typeof reply === 'number' ? { context: { reply } } : {}),
  });
}

function propertyOf(error: unknown, key: string): unknown {
  return error instanceof Error ? Reflect.get(error, key) : undefined;
}
