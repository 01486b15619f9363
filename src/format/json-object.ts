/**
 * Reading repository files that are JSON: parsed once, every field checked, everything wrong is 'corrupt' with the
 * file's kind and the field's name.
 */
import { HoldfastError, messageOf } from '../base/errors.ts';
import { parseTime } from './go-time.ts';
import { type Id, isId } from './id.ts';

/** A JSON object as it came: fields are unknown until checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The JSON object in UTF-8 bytes. `what` names the file in errors: "the config". */
export function parseJsonObject(bytes: Uint8Array, what: string): JsonObject {
  return asObject(parseJson(bytes, what), what);
}

/** The JSON value in UTF-8 bytes. */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (cause) {
    throw new HoldfastError('corrupt', `${what} is not valid JSON: ${messageOf(cause)}`, { cause });
  }
}

/** Narrows to an object that is no array. */
export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HoldfastError('corrupt', `${what} is not a JSON object`);
  }
  return value as JsonObject;
}

/** The fields of one JSON object, read with checks. An absent field and null are the same, as in Go. */
export class FieldReader {
  readonly #object: JsonObject;
  readonly #what: string;
  readonly #read = new Set<string>();

  constructor(object: JsonObject, what: string) {
    this.#object = object;
    this.#what = what;
  }

  /** The raw value, undefined for absent or null. */
  get(name: string): unknown {
    this.#read.add(name);
    return Object.hasOwn(this.#object, name) ? (this.#object[name] ?? undefined) : undefined;
  }

  optionalString(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value;
    throw this.wrong(name, 'a string');
  }

  string(name: string): string {
    return this.optionalString(name) ?? this.#missing(name);
  }

  /** An RFC 3339 time, as text. */
  time(name: string): string {
    const text = this.string(name);
    try {
      parseTime(text);
    } catch (cause) {
      throw new HoldfastError('corrupt', `${this.#what} is damaged: "${name}" is not a time`, { cause });
    }
    return text;
  }

  optionalInteger(name: string, maximum: number): number | undefined {
    const value = this.get(name);
    if (value === undefined) return value;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > maximum) {
      throw this.wrong(name, `an integer of at most ${maximum}`);
    }
    return value;
  }

  integer(name: string, maximum: number): number {
    return this.optionalInteger(name, maximum) ?? this.#missing(name);
  }

  optionalId(name: string): Id | undefined {
    const value = this.get(name);
    if (value === undefined || isId(value)) return value;
    throw this.wrong(name, 'an id');
  }

  id(name: string): Id {
    return this.optionalId(name) ?? this.#missing(name);
  }

  /** Texts; empty when absent. */
  strings(name: string): string[] {
    const value = this.get(name);
    if (value === undefined) return [];
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
      throw this.wrong(name, 'a list of strings');
    return value;
  }

  /** Bytes in padded base64. */
  bytes(name: string): Uint8Array {
    const decoded = decodeBase64(this.string(name));
    if (decoded === undefined) throw this.wrong(name, 'base64');
    return decoded;
  }

  /** The fields that nobody asked for, to be kept when the file is written again; undefined when there are none. */
  rest(): JsonObject | undefined {
    const unread = Object.entries(this.#object).filter(([name]) => !this.#read.has(name));
    if (unread.length === 0) return undefined;
    checkDepth(unread, this.#what);
    return Object.fromEntries(unread);
  }

  wrong(name: string, expected: string): HoldfastError {
    return new HoldfastError('corrupt', `${this.#what} is damaged: "${name}" is not ${expected}`);
  }

  #missing(name: string): never {
    throw new HoldfastError('corrupt', `${this.#what} is damaged: "${name}" is missing`);
  }
}

/** Standard padded base64 (what Go's encoding/json writes for bytes); undefined when it is not. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

/** Standard padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Refuses values nested deeper than anything restic writes, so that code may recurse over them. */
export function checkDepth(value: unknown, what: string, levels = 32): void {
  if (typeof value !== 'object' || value === null) return;
  if (levels === 0) throw new HoldfastError('corrupt', `${what} is nested too deeply`);
  for (const item of Object.values(value)) checkDepth(item, what, levels - 1);
}
