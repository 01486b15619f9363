/**
 * What a destination is told besides its location, as the command line gives it: settings as options, secrets from files, the
 * environment (as restic names them) or typed in unseen; never as an argument, which others can see.
 */
import type { Command } from 'commander';
import { HoldfastError, isHoldfastError } from '../base/errors.ts';
import { destinationKind, destinationKinds } from '../config/destination.ts';
import { askPassword } from './ask-password.ts';
import { confirm } from './confirm.ts';
import { readLine } from './given-password.ts';
import { collect } from './options.ts';
import type { Context } from './verb.ts';

export interface DestinationOptions {
  readonly setting?: readonly string[];
  readonly credential?: readonly string[];
  readonly acceptHostKey?: string;
}

export interface GivenDestination {
  readonly location: string;
  readonly settings?: Record<string, string>;
  readonly credentials?: Record<string, string>;
}

export function addDestinationOptions(command: Command): void {
  command
    .option('--setting <name=value>', 'of the place, such as region=eu-west-1 (may be repeated)', collect)
    .option('--credential <name[=file]>', 'a secret of the place: in a file, or asked for (may be repeated)', collect)
    .option('--accept-host-key <fingerprint>', 'of an SSH server that is not known yet: SHA256:…')
    .addHelpText('after', `\n${kindsText()}`);
}

/** Reads files and the environment, and asks for what has to be typed in. @throws `invalid-input` for a setting without "=" */
export async function destinationOf(
  location: string,
  options: DestinationOptions,
  signal: AbortSignal,
): Promise<GivenDestination> {
  const settings: Record<string, string> = {};
  const credentials: Record<string, string> = {};
  for (const { name, secret, environment = [] } of destinationKinds[destinationKind(location)]?.fields ?? []) {
    const value = environment
      .map((variable) => process.env[variable])
      .find((text) => text !== undefined && text !== '');
    if (value !== undefined) (secret ? credentials : settings)[name] = value;
  }
  for (const text of options.setting ?? []) {
    const [name, value] = splitAt(text);
    if (value === undefined) {
      throw new HoldfastError('invalid-input', `The setting "${text}" has no value.`, { hint: 'Write name=value.' });
    }
    settings[name] = value;
  }
  for (const text of options.credential ?? []) {
    const [name, file] = splitAt(text);
    credentials[name] =
      file === undefined ? await askPassword({ prompt: `${name}: `, confirm: false, signal }) : readLine(file);
  }
  return {
    location,
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...(Object.keys(credentials).length === 0 ? {} : { credentials }),
  };
}

/**
 * Runs `work` with the destination; where the server's key is not known yet, asks whether it may be trusted, and runs it again
 * with the key among the settings.
 */
export async function trustingHostKey<T>(
  destination: GivenDestination,
  { acceptHostKey }: DestinationOptions,
  { signal }: Pick<Context, 'signal'>,
  work: (destination: GivenDestination) => Promise<T>,
): Promise<T> {
  try {
    return await work(destination);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    const { hostKey, fingerprint } = error.context;
    const isAsked = typeof hostKey === 'string' && typeof fingerprint === 'string';
    if (!isAsked || hostKey === destination.settings?.hostKey) throw error;
    if (acceptHostKey !== undefined && acceptHostKey !== fingerprint) {
      throw new HoldfastError('unauthenticated', `The server has the key ${fingerprint}, not ${acceptHostKey}.`, {
        hint: 'Compare it with what its owner says.',
      });
    }
    const question = `${error.message} Is that right?`;
    await confirm({ question, yes: acceptHostKey !== undefined, signal });
    const trusting = { ...destination, settings: { ...destination.settings, hostKey } };
    // The next server on the way may not be known either.
    return trustingHostKey(trusting, acceptHostKey === undefined ? {} : { acceptHostKey }, { signal }, work);
  }
}

/** `kind.name=value` of -o, as restic writes them, for the backend of a location. @throws `invalid-input` for other texts */
export function backendOptions(location: string, given: readonly string[] = []): Record<string, string> {
  const kind = destinationKind(location);
  const wanted: Record<string, string> = {};
  for (const text of given) {
    const [, of = '', name = '', value = ''] = /^([a-z0-9]+)\.([\w-]+)=(.*)$/is.exec(text) ?? [];
    const field = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const known = destinationKinds[of]?.fields;
    if (known?.some((one) => one.name === field) !== true) {
      throw new HoldfastError('invalid-input', `There is no option "${text}".`, {
        hint: `Write kind.name=value. ${kindsText()}`,
      });
    }
    if (of === kind) wanted[field] = value;
  }
  return wanted;
}

function splitAt(text: string): [name: string, value: string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function kindsText(): string {
  return Object.entries(destinationKinds)
    .filter(([, { fields }]) => fields.length > 0)
    .map(([kind, { fields }]) => `${kind}: ${fields.map(({ name }) => name).join(', ')}.`)
    .join('\n');
}
